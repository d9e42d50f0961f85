export {
  formatPublicKey,
  formatSecret,
  parseWebhookKey,
  signWebhook,
  TOLERANCE,
  verifyWebhook,
  type SigningKey,
  type VerifyingKey,
  type WebhookHeaders,
  type WebhookMessage,
} from './standard-webhooks.js';
export { WebhookError, type WebhookErrorCode } from './webhook-error.js';
