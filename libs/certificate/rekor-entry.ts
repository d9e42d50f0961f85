import { canonicalJson, sha256, toBase64, utf8 } from '#libs/essentials';
import type { DsseEnvelope } from './dsse.js';
import { toSpki } from './public-key.js';
import { array, bytes, literal, object, readDocument } from './shape.js';

export const ENTRY_KIND = 'dsse';
export const ENTRY_VERSION = '0.0.2';

/**
 * Leaf of the log for an envelope: a Rekor v2 `dsse` 0.0.2 entry as canonical JSON (rekor/v2/entry.proto, dsse.proto, verifier.proto in
 * JSON mapping). It holds the digest of the payload, the signature and the key, nothing of what was signed.
 *
 * @param signerPublicKey Ed25519, 32 bytes
 */
export function rekorEntryOf(envelope: DsseEnvelope, signerPublicKey: Uint8Array): Uint8Array {
  const verifier = {
    publicKey: { rawBytes: toBase64(toSpki(signerPublicKey)) },
    keyDetails: 'PKIX_ED25519',
  };
  const dsseV002 = {
    payloadHash: { algorithm: 'SHA2_256', digest: toBase64(sha256(envelope.payload)) },
    signatures: [{ content: toBase64(envelope.signature), verifier }],
  };
  return utf8(canonicalJson({ apiVersion: ENTRY_VERSION, kind: ENTRY_KIND, spec: { dsseV002 } }));
}

/** What a leaf says about an envelope. */
export interface RekorEntry {
  /** SHA-256 of the payload. */
  readonly payloadDigest: Uint8Array;
  readonly signature: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly signerSpki: Uint8Array;
}

const MAX_ENTRY_BYTES = 0xffff;

const verifier = object({
  publicKey: object({ rawBytes: bytes() }),
  keyDetails: literal('PKIX_ED25519'),
});
const dsseV002 = object({
  payloadHash: object({ algorithm: literal('SHA2_256'), digest: bytes(32) }),
  signatures: array(object({ content: bytes(64), verifier }), { min: 1, max: 1 }),
});
const entry = object({
  apiVersion: literal(ENTRY_VERSION),
  kind: literal(ENTRY_KIND),
  spec: object({ dsseV002 }),
});

/** @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID */
export function parseRekorEntry(leaf: Uint8Array): RekorEntry {
  const { payloadHash, signatures } = readDocument(leaf, MAX_ENTRY_BYTES, entry).spec.dsseV002;
  const [{ content, verifier: signer }] = signatures;
  return { payloadDigest: payloadHash.digest, signature: content, signerSpki: signer.publicKey.rawBytes };
}
