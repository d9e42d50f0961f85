import { CodedError } from '#libs/essentials';

export type EngineErrorCode =
  'POSITION_MALFORMED' | 'VERSION_UNKNOWN' | 'MEASUREMENT_RUNNING' | 'MEASUREMENT_OVERTAKEN';

/** Why an engineer cannot be shown something, or measure it. */
export class EngineError extends CodedError<EngineErrorCode> {}
