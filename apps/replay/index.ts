export { ReplayError, type ReplayErrorCode } from './replay-error.js';
export { runReplay, type ReplayClaim, type ReplayInputs } from './run-replay.js';
export type { ReplayWatcher } from './replay-watcher.js';
