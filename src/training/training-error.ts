import { CodedError } from '#libs/essentials';

export type TrainingErrorCode = 'TRAINING_WORKER_NOT_BUILT' | 'TRAINING_THREADS_INVALID' | 'TRAINING_CLOSED';

/** Why a pool of training threads cannot take a job. */
export class TrainingError extends CodedError<TrainingErrorCode> {}

export type RegistryErrorCode =
  | 'MODEL_FILE_MISSING'
  | 'MODEL_FILE_DAMAGED'
  | 'MODEL_DIGEST_MALFORMED'
  | 'MODEL_LINE_NAME_INVALID'
  | 'MODEL_STORE_FULL'
  | 'MODEL_STORE_READ_ONLY';

/** What a model registry answers when it cannot do what was asked. */
export class RegistryError extends CodedError<RegistryErrorCode> {}
