export { RateLimit, type RateLimitOptions } from './rate-limit.js';
