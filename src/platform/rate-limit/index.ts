export { DEFAULT_LIMIT, Limits, type NamedLimit } from './limits.js';
export { RateLimit, type RateLimitOptions } from './rate-limit.js';
export { RateLimitError, type RateLimitErrorCode } from './rate-limit-error.js';
