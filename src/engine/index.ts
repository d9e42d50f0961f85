export { EngineError, type EngineErrorCode } from './engine-error.js';
export { measurementRefusal } from './measurement-refusal.js';
export type { MeasurementEnd, MeasurementNews, RunningMeasurement, TwinMeasurer } from './ports.js';
export { secondsAhead } from './seconds-ahead.js';
export { usualSeconds } from './version-history.js';
export { openEngine, type Engine, type EngineParts } from './open-engine.js';
