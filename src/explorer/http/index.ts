export { ExplorerModule } from './explorer.module.js';
