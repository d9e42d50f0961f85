import { fromBase64, sha256, toHex, utf8, type JsonValue } from '#libs/essentials';
import { fromSpki, toPem } from './public-key.js';
import { bytes, count, object, text, time, type Read } from './shape.js';
import { PREDICATE_TYPES, statementOf, type Statement } from './statement.js';

const rotation = object({
  /** The log in which it is announced. */
  origin: text(/^[^\s+]+$/),
  /** The next key: SubjectPublicKeyInfo, base64. */
  publicKey: text(/^[A-Za-z0-9+/=]+$/),
  /** Index from which an entry that the key before has signed is refused. */
  retiresAt: count,
  announcedAt: time,
});
/** Predicate of `urn:lacuna:signer-key-rotation:v1`: statements will be signed with another key. */
export type SignerKeyRotation = Read<typeof rotation>;

/** The statement by which the next signer is announced, in the log and under the key before. */
export function signerKeyRotationStatement(predicate: SignerKeyRotation): Statement<SignerKeyRotation> {
  const pem = toPem(fromSpki(fromBase64(predicate.publicKey)));
  const file = { name: 'certificate-signer.pem', digest: { sha256: toHex(sha256(utf8(pem))) } };
  return statementOf(PREDICATE_TYPES.signerKeyRotation, [file], predicate);
}

/** @throws CertificateError FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID, PUBLIC_KEY_MALFORMED */
export function parseSignerKeyRotation(value: JsonValue): SignerKeyRotation {
  const read = rotation(value, 'predicate');
  fromSpki(bytes()(read.publicKey, 'predicate.publicKey'));
  return read;
}
