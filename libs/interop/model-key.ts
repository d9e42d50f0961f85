import { p256 } from '@noble/curves/nist.js';
import { concatBytes, fromHex, sha256, toBase64, toHex, utf8 } from '#libs/essentials';
import { InteropError } from './interop-error.js';

/** SubjectPublicKeyInfo of a P-256 key up to the uncompressed point (RFC 5480 §2.1). */
const SPKI_PREFIX = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const PEM_LINE = 64; // RFC 7468 §2

/** Signs model folders. OpenSSF Model Signing knows ECDSA keys only, so this key stands beside the Ed25519 keys. */
export interface ModelSigner {
  /** PEM of SubjectPublicKeyInfo: what a verifier is given as public key. */
  readonly publicKeyPem: string;
  /** SHA-256 of that PEM, hex: how bundles name the key. */
  readonly hint: string;
  /** ECDSA over SHA-256, DER; deterministic (RFC 6979), so that the same model has the same signature file. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * @param seed 32 secret bytes
 * @throws InteropError MODEL_KEY_INVALID unless they are the private key of a P-256 key pair (all but one in 2^32 are)
 */
export function modelSignerFromSeed(seed: Uint8Array): ModelSigner {
  const secret = Uint8Array.from(seed);
  if (!p256.utils.isValidSecretKey(secret))
    throw new InteropError('MODEL_KEY_INVALID', 'the seed is not the private key of a P-256 key pair');
  const publicKeyPem = toPem(concatBytes(SPKI_PREFIX, p256.getPublicKey(secret, false)));
  return {
    publicKeyPem,
    hint: toHex(sha256(utf8(publicKeyPem))),
    sign: (message) => p256.sign(message, secret, { format: 'der' }),
  };
}

function toPem(der: Uint8Array): string {
  const lines = toBase64(der).match(new RegExp(`.{1,${PEM_LINE}}`, 'g')) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}
