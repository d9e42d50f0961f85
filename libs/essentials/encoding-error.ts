import { CodedError } from './errors.js';

export type EncodingErrorCode =
  | 'HEX_MALFORMED'
  | 'UTF8_MALFORMED'
  | 'BASE64_MALFORMED'
  | 'JSON_MALFORMED'
  | 'JSON_DUPLICATE_KEY'
  | 'JSON_NUMBER_NOT_EXACT'
  | 'JSON_TOO_DEEP'
  | 'JSON_TOO_LARGE'
  | 'JSON_TRAILING_DATA'
  | 'JSON_NOT_CANONICALIZABLE';

/** Text or bytes that are not what they should be. */
export class EncodingError extends CodedError<EncodingErrorCode> {}
