import { toBase64 } from '#libs/essentials';
import { formatVkey, type NoteKey } from '#libs/merkle';
import { logIdOf } from './bundle.js';
import { fromSpki, toPem, toSpki } from './public-key.js';
import { array, bytes, literal, object, optional, readDocument, text, time } from './shape.js';

export const TRUSTED_ROOT_MEDIA_TYPE = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';
const MAX_TRUSTED_ROOT_BYTES = 256 * 1024;

export const TRUST_FILES = {
  logVkey: 'log.vkey',
  trustedRoot: 'trusted-root.json',
  signerPem: 'certificate-signer.pem',
} as const;
export type TrustFiles = Readonly<Record<(typeof TRUST_FILES)[keyof typeof TRUST_FILES], string>>;

/** One log of a trusted root, decoded but not compared with anything. */
export interface TrustedLog {
  readonly baseUrl: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly logId: Uint8Array;
}

/**
 * The files a verifier needs and nobody may exchange: the log's key in C2SP form and as a Sigstore trusted root, and the key
 * that signs certificates.
 *
 * @param validFrom ISO 8601: when the log began
 */
export function trustFiles(logKey: NoteKey, signerPublicKey: Uint8Array, validFrom: string): TrustFiles {
  return {
    'log.vkey': `${formatVkey(logKey)}\n`,
    'trusted-root.json': `${JSON.stringify(trustedRoot(logKey, validFrom), undefined, 2)}\n`,
    'certificate-signer.pem': toPem(signerPublicKey),
  };
}

function trustedRoot(logKey: NoteKey, validFrom: string): object {
  const publicKey = {
    rawBytes: toBase64(toSpki(logKey.publicKey)),
    keyDetails: 'PKIX_ED25519',
    validFor: { start: validFrom },
  };
  return {
    mediaType: TRUSTED_ROOT_MEDIA_TYPE,
    tlogs: [
      {
        baseUrl: `https://${logKey.name}`,
        hashAlgorithm: 'SHA2_256',
        publicKey,
        logId: { keyId: toBase64(logIdOf(logKey)) },
      },
    ],
  };
}

const root = object({
  mediaType: literal(TRUSTED_ROOT_MEDIA_TYPE),
  tlogs: array(
    object({
      baseUrl: text(/^https:\/\/[^\s]+$/),
      hashAlgorithm: literal('SHA2_256'),
      publicKey: object({
        rawBytes: bytes(),
        keyDetails: literal('PKIX_ED25519'),
        validFor: object({ start: time, end: optional(time) }),
      }),
      logId: object({ keyId: bytes(32) }),
    }),
    { min: 1, max: 1 },
  ),
});

/**
 * Reads a trusted root with one Ed25519 log.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID, PUBLIC_KEY_MALFORMED
 */
export function parseTrustedRoot(file: Uint8Array): TrustedLog {
  const [log] = readDocument(file, MAX_TRUSTED_ROOT_BYTES, root).tlogs;
  return { baseUrl: log.baseUrl, publicKey: fromSpki(log.publicKey.rawBytes), logId: log.logId.keyId };
}
