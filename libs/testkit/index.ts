export { refusalOf, refusalOfAsync, scenario, type Decider, type Outcome } from './scenario.js';
export { describeWithShared, sharedPath } from './shared-data.js';
