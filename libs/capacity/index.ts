export { erlangC, meanWait, meanWaitOfOne, shardsHit, sojournOfOne, type Queue } from './closed-forms.js';
export { Draws } from './draws.js';
export { Station } from './stations.js';
export { bytesOf, type StorageCosts, type Stored } from './storage.js';
export { Timeline } from './timeline.js';
export { simulateDay, type DayReport, type UnlearningCosts, type UnlearningDay } from './unlearning-day.js';
