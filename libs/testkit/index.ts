export { describeWithShared, sharedPath } from './shared-data.js';
