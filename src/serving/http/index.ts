export { ServingModule } from './serving.module.js';
