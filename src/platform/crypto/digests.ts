import { createHmac, hash } from 'node:crypto';
import type { HmacSha256, Sha256 } from '#libs/essentials';

/** SHA-256 by OpenSSL; several times as fast as the portable one for short messages. */
export const nodeSha256: Sha256 = (message) => hash('sha256', message, 'buffer');

/** HMAC-SHA-256 by OpenSSL. */
export const nodeHmacSha256: HmacSha256 = (key, message) =>
  createHmac('sha256', key).update(message).digest();
