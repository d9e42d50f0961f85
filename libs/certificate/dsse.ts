import { canonicalJson, concatBytes, sha256, toHex, utf8 } from '#libs/essentials';
import { verifySignature, type Signer, type VerifySignature } from '#libs/merkle';
import { PREDICATE_TYPES, type Statement } from './statement.js';
import { writtenCertificate } from './unlearning-certificate.js';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A DSSE envelope with one signature, decoded. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

/** Pre-authentication encoding (DSSE protocol v1): "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload; lengths in bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

/** A statement as it is signed: canonical JSON, the predicate of a certificate in its written form. */
export function payloadOf(statement: Statement<unknown>): Uint8Array {
  const { predicateType, predicate } = statement;
  const written = predicateType === PREDICATE_TYPES.unlearning ? writtenCertificate(predicate) : predicate;
  return utf8(canonicalJson({ ...statement, predicate: written }));
}

/** SHA-256 of the payload of a statement's envelope, hex: what its leaf in the log names. */
export function payloadDigestOf(statement: Statement<unknown>): string {
  return toHex(sha256(payloadOf(statement)));
}

/** Signs a statement. The same statement and key give the same envelope. */
export function signStatement(statement: Statement<unknown>, signer: Signer): DsseEnvelope {
  const payload = payloadOf(statement);
  return {
    payloadType: PAYLOAD_TYPE,
    payload,
    signature: signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload)),
  };
}

export function isSignedBy(
  envelope: DsseEnvelope,
  publicKey: Uint8Array,
  verify: VerifySignature = verifySignature,
): boolean {
  const message = preAuthEncoding(envelope.payloadType, envelope.payload);
  return verify(publicKey, message, envelope.signature);
}
