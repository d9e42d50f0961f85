import { equalBytes, fromUtf8, toBase64 } from '#libs/essentials';
import type { KeyPeriod } from '#libs/merkle';
import { checkPeriods, MAX_KEYS, MAX_PERIODS_BYTES } from './key-periods.js';
import { fromPem, fromSpki, toPem, toSpki } from './public-key.js';
import { array, bytes, count, invalid, nullable, object, readDocument } from './shape.js';

/** A key that signs statements, and the indexes in the log at which its statements may stand. */
export interface SignerKey extends KeyPeriod {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Of an installation that has never rotated the key. */
export function onlySigner(publicKey: Uint8Array): readonly SignerKey[] {
  return [{ publicKey, from: 0, until: null }];
}

/** The file `certificate-signers.json`: each key that signs or has signed, with the indexes of the entries that it may sign, oldest first. */
export function formatSignerKeys(keys: readonly SignerKey[]): string {
  const rows = keys.map(({ publicKey, from, until }) => ({
    publicKey: toBase64(toSpki(publicKey)),
    from,
    until,
  }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

const file = array(object({ publicKey: bytes(), from: count, until: nullable(count) }), {
  min: 1,
  max: MAX_KEYS,
});

/**
 * Reads `certificate-signers.json`: at every index some key may sign, and the last one has no end.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID, PUBLIC_KEY_MALFORMED
 */
export function parseSignerKeys(document: Uint8Array): SignerKey[] {
  const rows = readDocument(document, MAX_PERIODS_BYTES, file);
  checkPeriods(rows);
  const keys = rows.map(({ publicKey, from, until }) => ({ publicKey: fromSpki(publicKey), from, until }));
  const again = keys.findIndex(({ publicKey }, at) =>
    keys.slice(0, at).some((earlier) => equalBytes(publicKey, earlier.publicKey)),
  );
  if (again >= 0) throw invalid(`[${again}].publicKey`, 'stands twice');
  return keys;
}

/** The file `certificate-signer.pem`: one block a key, oldest first. */
export function formatSignerPem(keys: readonly SignerKey[]): string {
  return keys.map(({ publicKey }) => toPem(publicKey)).join('');
}

/** @throws CertificateError PEM_MALFORMED, PUBLIC_KEY_MALFORMED; EncodingError UTF8_MALFORMED */
export function parseSignerPem(document: Uint8Array): Uint8Array[] {
  const blocks = fromUtf8(document).split(/(?<=-----END PUBLIC KEY-----\r?\n)/);
  return blocks.slice(0, MAX_KEYS + 1).map(fromPem);
}
