import { CodedError } from '#libs/essentials';

export type EngineErrorCode =
  'POSITION_MALFORMED' | 'VERSION_UNKNOWN' | 'MEASUREMENT_RUNNING' | 'MEASUREMENT_NOT_RUNNING';

/** Why an engineer cannot be shown something, or measure it. */
export class EngineError extends CodedError<EngineErrorCode> {}
