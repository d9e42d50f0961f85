export { AccessModule } from './access.module.js';
export type { Portal } from './portal.controller.js';
