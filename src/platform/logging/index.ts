export { errorFacts } from './error-facts.js';
export { LEVELS, openLog, type Level, type LogOptions } from './open-log.js';
