export {
  compareBytes,
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toHex,
  u64be,
  utf8,
} from './bytes.js';
export { hmacSha256, sha256, type HmacSha256, type Sha256 } from './digest.js';
export { EncodingError, type EncodingErrorCode } from './encoding-error.js';
export { assertNever, CodedError, isCodedError, type ErrorDetails, type Facts } from './errors.js';
export { canonicalJson, parseStrictJson, type JsonLimits, type JsonValue } from './json.js';
export { TextTable } from './text-table.js';
