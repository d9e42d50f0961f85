import { equalBytes, fromBase64, hmacSha256, isCodedError, toBase64, utf8 } from '#libs/essentials';
import { verifySignature, type Signer, type VerifySignature } from '#libs/merkle';
import { WebhookError } from './webhook-error.js';

/** A webhook as Standard Webhooks 1.0 signs it. */
export interface WebhookMessage {
  /** The same at every attempt, so that the other side can tell a repetition. No full stop in it. */
  readonly id: string;
  /** Seconds since the epoch, of the attempt. */
  readonly timestamp: number;
  /** Exactly as it is sent. */
  readonly body: string;
}

/** The headers of a webhook. */
export interface WebhookHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** A secret that both sides share, or a key pair of the sender's. */
export type SigningKey =
  | { readonly kind: 'hmac-sha256'; readonly secret: Uint8Array }
  | { readonly kind: 'ed25519'; readonly signer: Signer };
export type VerifyingKey =
  | { readonly kind: 'hmac-sha256'; readonly secret: Uint8Array }
  | { readonly kind: 'ed25519'; readonly publicKey: Uint8Array };

// Standard Webhooks 1.0, Signature scheme: how keys are written, and which version stands before a signature.
const SECRET_PREFIX = 'whsec_';
const PUBLIC_KEY_PREFIX = 'whpk_';
const VERSIONS = { 'hmac-sha256': 'v1', ed25519: 'v1a' } as const;
const SECRET_LENGTHS = { least: 24, most: 64 };
const PUBLIC_KEY_LENGTH = 32;
const MAX_SIGNATURES = 16;

/** Seconds by which the clocks of sender and receiver may be apart, and a message may be old. */
export const TOLERANCE = 300;

/** Signs a message. @example signWebhook({ id: 'msg_1', timestamp: 1674087231, body: '{}' }, { kind: 'hmac-sha256', secret }) */
export function signWebhook(message: WebhookMessage, key: SigningKey): WebhookHeaders {
  const content = signedContent(message);
  const signature = key.kind === 'hmac-sha256' ? hmacSha256(key.secret, content) : key.signer.sign(content);
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': `${VERSIONS[key.kind]},${toBase64(signature)}`,
  };
}

/**
 * Requires that a message was signed with the key, not long ago. The caller remembers ids that were carried out.
 *
 * @param now seconds since the epoch
 * @throws WebhookError WEBHOOK_HEADER_MISSING, WEBHOOK_TIMESTAMP_OUTSIDE, WEBHOOK_SIGNATURE_INVALID
 */
export function verifyWebhook(
  headers: Partial<WebhookHeaders>,
  body: string,
  key: VerifyingKey,
  now: number,
  verify: VerifySignature = verifySignature,
): void {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers;
  if (!id || !time || !signatures || id.includes('.'))
    throw new WebhookError('WEBHOOK_HEADER_MISSING', 'the headers of a signed webhook are not all there', {
      nextStep: 'Send webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks 1.0).',
    });
  const timestamp = /^[0-9]{1,12}$/.test(time) ? Number(time) : Number.NaN;
  if (!(Math.abs(now - timestamp) <= TOLERANCE))
    throw new WebhookError(
      'WEBHOOK_TIMESTAMP_OUTSIDE',
      'the message was signed too long ago, or in the future',
      {
        nextStep: 'Set the clock, and sign each attempt anew.',
      },
    );
  const content = signedContent({ id, timestamp, body });
  const offered = signatures.split(' ').slice(0, MAX_SIGNATURES);
  if (!offered.some((signature) => holds(signature, content, key, verify)))
    throw new WebhookError('WEBHOOK_SIGNATURE_INVALID', 'no signature of the message holds under the key', {
      nextStep: 'Sign id.timestamp.body, with the body byte for byte as it is sent.',
    });
}

function holds(offered: string, content: Uint8Array, key: VerifyingKey, verify: VerifySignature): boolean {
  const [version, text] = offered.split(',');
  if (version !== VERSIONS[key.kind] || text === undefined) return false;
  const signature = bytesOf(text);
  if (signature === undefined) return false;
  return key.kind === 'hmac-sha256'
    ? equalBytes(hmacSha256(key.secret, content), signature)
    : verify(key.publicKey, content, signature);
}

function signedContent({ id, timestamp, body }: WebhookMessage): Uint8Array {
  return utf8(`${id}.${timestamp}.${body}`);
}

export function formatSecret(secret: Uint8Array): string {
  return `${SECRET_PREFIX}${toBase64(secret)}`;
}

export function formatPublicKey(publicKey: Uint8Array): string {
  return `${PUBLIC_KEY_PREFIX}${toBase64(publicKey)}`;
}

/** Reads `whsec_…` or `whpk_…`. @throws WebhookError WEBHOOK_KEY_MALFORMED */
export function parseWebhookKey(text: string): VerifyingKey {
  const isSecret = text.startsWith(SECRET_PREFIX);
  const prefix = isSecret ? SECRET_PREFIX : PUBLIC_KEY_PREFIX;
  const bytes = text.startsWith(prefix) ? bytesOf(text.slice(prefix.length)) : undefined;
  const { least, most } = isSecret ? SECRET_LENGTHS : { least: PUBLIC_KEY_LENGTH, most: PUBLIC_KEY_LENGTH };
  if (bytes === undefined || bytes.length < least || bytes.length > most)
    throw new WebhookError('WEBHOOK_KEY_MALFORMED', 'the text is no key of Standard Webhooks', {
      nextStep: 'Give whsec_ or whpk_ and the key in base64.',
    });
  return isSecret ? { kind: 'hmac-sha256', secret: bytes } : { kind: 'ed25519', publicKey: bytes };
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    return undefined;
  }
}
