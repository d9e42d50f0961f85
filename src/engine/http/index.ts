export { EngineModule } from './engine.module.js';
