export { acceptRequest, type AcceptRequest } from './accept.js';
export { dueDate } from './deadline.js';
export { ErasureError, type ErasureErrorCode } from './erasure-error.js';
export { evolveModelLine, servingVersion, type ModelLineState, type PublishedVersion } from './model-line.js';
export {
  evolveRebuild,
  filesOfPart,
  filesOfRebuild,
  reasonToAbandon,
  rebuildIdOf,
  requireRebuilt,
  shardsOf,
  shardsToRebuild,
  type LiveRebuild,
  type PutOutOfUse,
  type RebuildPlan,
  type RebuildState,
  type RebuiltShard,
} from './rebuild.js';
export {
  evolveRequest,
  nextStep,
  requireStatus,
  type RequestIn,
  type RequestState,
  type RequestStatus,
  type RequestStep,
} from './request.js';
export { checkScope, recordsInScope, type CategoriesOf } from './scope.js';
