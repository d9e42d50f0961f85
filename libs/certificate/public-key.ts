import { concatBytes, equalBytes, fromBase64, fromHex, sha256, toBase64 } from '#libs/essentials';
import { CertificateError } from './certificate-error.js';

/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 §4). */
const SPKI_PREFIX = fromHex('302a300506032b6570032100');
const KEY_LENGTH = 32;

/** DER of SubjectPublicKeyInfo, 44 bytes. */
export function toSpki(publicKey: Uint8Array): Uint8Array {
  return concatBytes(SPKI_PREFIX, publicKey);
}

/** @throws CertificateError PUBLIC_KEY_MALFORMED for anything but an Ed25519 SubjectPublicKeyInfo */
export function fromSpki(der: Uint8Array): Uint8Array {
  if (
    der.length !== SPKI_PREFIX.length + KEY_LENGTH ||
    !equalBytes(der.subarray(0, SPKI_PREFIX.length), SPKI_PREFIX)
  )
    throw new CertificateError('PUBLIC_KEY_MALFORMED', 'expected an Ed25519 key as SubjectPublicKeyInfo');
  return der.slice(SPKI_PREFIX.length);
}

/** PEM (RFC 7468 §13). */
export function toPem(publicKey: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${toBase64(toSpki(publicKey))}\n-----END PUBLIC KEY-----\n`;
}

/** @throws CertificateError PEM_MALFORMED, PUBLIC_KEY_MALFORMED */
export function fromPem(pem: string): Uint8Array {
  const [, base64] =
    /^-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=]{1,128})\r?\n-----END PUBLIC KEY-----\r?\n?$/.exec(pem) ??
    [];
  if (base64 === undefined) throw malformedPem();
  let der: Uint8Array;
  try {
    der = fromBase64(base64);
  } catch (cause) {
    throw malformedPem(cause);
  }
  return fromSpki(der);
}

/** Name of a key in a bundle: SHA-256 of its SubjectPublicKeyInfo, base64, as Sigstore's own tools write it. */
export function keyHint(publicKey: Uint8Array): string {
  return toBase64(sha256(toSpki(publicKey)));
}

function malformedPem(cause?: unknown): CertificateError {
  return new CertificateError('PEM_MALFORMED', 'expected one PEM block with a public key', { cause });
}
