import { CodedError } from '#libs/essentials';

export type WitnessErrorCode =
  // The folder of a witness
  | 'WITNESS_EXISTS'
  | 'WITNESS_KEY_MISSING'
  | 'WITNESS_KEY_MALFORMED'
  | 'WITNESS_KEY_EXPOSED'
  | 'WITNESS_STATE_MISSING'
  | 'WITNESS_STATE_OF_ANOTHER_KEY'
  | 'WITNESS_STATE_DAMAGED'
  | 'WITNESS_STATE_FULL'
  | 'WITNESS_STATE_READ_ONLY'
  | 'WITNESS_STATE_UNAVAILABLE'
  // What it is told to do
  | 'WITNESS_LOG_UNUSABLE'
  | 'WITNESS_LOG_IS_WITNESS'
  | 'WITNESS_LOGS_MISSING'
  | 'WITNESS_ADDRESS_UNAVAILABLE'
  | 'WITNESS_CLOCK_BEHIND'
  // What a log is told about its witnesses
  | 'WITNESS_URL_MISSING'
  | 'WITNESS_URL_UNUSABLE';

/** Why a witness cannot work, or cannot be asked. */
export class WitnessError extends CodedError<WitnessErrorCode> {}
