export { acceptRequest, type AcceptRequest } from './accept.js';
export { checkCalendar, dayNumber, dueAt, type LegalCalendar, type Period } from './clock.js';
export { dueDate } from './deadline.js';
export { ErasureError, type ErasureErrorCode } from './erasure-error.js';
export { evolveHold, isHeldBy, releaseHold, type HeldMatter, type HoldState } from './hold.js';
export {
  evolveModelLine,
  servedAt,
  servingVersion,
  type ModelLineState,
  type PublishedVersion,
} from './model-line.js';
export {
  evolveRebuild,
  filesOfPart,
  filesOfRebuild,
  isPrepared,
  reasonToAbandon,
  rebuildIdOf,
  requireRebuilt,
  shardsOf,
  shardsToRebuild,
  type CompleteRebuild,
  type LiveRebuild,
  type PreparedRebuild,
  type PutOutOfUse,
  type RebuildPlan,
  type RebuildState,
  type RebuiltShard,
} from './rebuild.js';
export {
  evolveRequest,
  GROUND_OF,
  isAboutPerson,
  isClosed,
  isDestructive,
  isExport,
  isHoldingBack,
  isInReview,
  nextStep,
  outOfUse,
  requireStatus,
  type Approval,
  type DestructiveKind,
  type RecipientState,
  type RequestIn,
  type RequestState,
  type RequestStatus,
  type RequestStep,
} from './request.js';
export { checkScope, recordsInScope, type CategoriesOf } from './scope.js';
export {
  approve,
  cancel,
  confirmationOf,
  doubtIdentity,
  escalate,
  expire,
  extend,
  fulfil,
  isCancellable,
  isInGrace,
  liftRestriction,
  lightOf,
  refuse,
  settleIdentity,
  standsStill,
  verifyIdentity,
  type Light,
} from './work.js';
