import { CodedError } from '#libs/essentials';

export type WebhookErrorCode =
  | 'WEBHOOK_HEADER_MISSING'
  | 'WEBHOOK_TIMESTAMP_OUTSIDE'
  | 'WEBHOOK_SIGNATURE_INVALID'
  | 'WEBHOOK_KEY_MALFORMED';

/** Why a webhook is not what its sender signed. */
export class WebhookError extends CodedError<WebhookErrorCode> {}
