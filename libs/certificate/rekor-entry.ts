import { canonicalJson, sha256, toBase64, utf8 } from '#libs/essentials';
import type { DsseEnvelope } from './dsse.js';
import { toSpki } from './public-key.js';

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
