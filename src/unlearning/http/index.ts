export { UnlearningModule } from './unlearning.module.js';
