export { WitnessingError, type WitnessingErrorCode } from './witnessing-error.js';
export {
  encodeAddCheckpoint,
  MAX_ADD_CHECKPOINT_BYTES,
  parseAddCheckpoint,
  parseHeldSize,
  SIZE_CONTENT_TYPE,
  type AddCheckpointRequest,
  type ParsedAddCheckpoint,
} from './add-checkpoint.js';
export {
  refuseFork,
  refuseStranger,
  type WitnessedHead,
  type WitnessRefusal,
  type WitnessRefusalCode,
} from './decide.js';
export { quorumInWords, type PolicyLog, type PolicyWitness, type Quorum, type TlogPolicy } from './policy.js';
export { parsePolicy } from './parse-policy.js';
export {
  checkPolicy,
  isQuorum,
  reportOf,
  type Cosigned,
  type Witnessed,
  type WitnessReport,
} from './check-policy.js';
