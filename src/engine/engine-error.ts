import { CodedError } from '#libs/essentials';

export type EngineErrorCode = 'POSITION_MALFORMED';

/** Why an engineer cannot be shown something. */
export class EngineError extends CodedError<EngineErrorCode> {}
