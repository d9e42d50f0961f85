export { StandardsModule } from './standards.module.js';
