import { toBase64 } from '#libs/essentials';
import { formatVkey, type LogKey } from '#libs/merkle';
import { logIdOf } from './bundle.js';
import { MAX_KEYS } from './key-periods.js';
import { formatLogKeys } from './log-keys.js';
import { fromSpki, toSpki } from './public-key.js';
import { formatSignerKeys, formatSignerPem, type SignerKey } from './signer-keys.js';
import { array, bytes, literal, object, optional, readDocument, text, time } from './shape.js';

export const TRUSTED_ROOT_MEDIA_TYPE = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';
const MAX_TRUSTED_ROOT_BYTES = 256 * 1024;

export const TRUST_FILES = {
  logVkey: 'log.vkey',
  logKeys: 'log-keys.json',
  trustedRoot: 'trusted-root.json',
  signerPem: 'certificate-signer.pem',
  signerKeys: 'certificate-signers.json',
} as const;
/** A file that a trust folder may hold besides: which witnesses must have seen the log (C2SP tlog-policy). */
export const TRUST_POLICY = 'policy';
export type TrustFiles = Readonly<Record<(typeof TRUST_FILES)[keyof typeof TRUST_FILES], string>>;

/** One log of a trusted root, decoded but not compared with anything. */
export interface TrustedLog {
  readonly baseUrl: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly logId: Uint8Array;
}

/** A key of the log with the times between which its checkpoints were made, for tools that know no sizes. */
export interface DatedLogKey extends LogKey {
  /** ISO 8601. */
  readonly validFrom: string;
  /** Absent while the key is in use. */
  readonly validUntil?: string;
}

/**
 * The files a verifier needs and nobody may exchange: the log's keys in C2SP form and as a Sigstore trusted root, the sizes at which
 * they were announced and retired, and the keys that sign certificates with the indexes at which they may.
 *
 * @param logKeys oldest first
 * @param signers oldest first
 */
export function trustFiles(logKeys: readonly DatedLogKey[], signers: readonly SignerKey[]): TrustFiles {
  return {
    'log.vkey': logKeys.map(({ key }) => `${formatVkey(key)}\n`).join(''),
    'log-keys.json': formatLogKeys(logKeys),
    'trusted-root.json': `${JSON.stringify(trustedRoot(logKeys), undefined, 2)}\n`,
    'certificate-signer.pem': formatSignerPem(signers),
    'certificate-signers.json': formatSignerKeys(signers),
  };
}

function trustedRoot(logKeys: readonly DatedLogKey[]): object {
  return {
    mediaType: TRUSTED_ROOT_MEDIA_TYPE,
    tlogs: logKeys.map(({ key, validFrom, validUntil }) => ({
      baseUrl: `https://${key.name}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: toBase64(toSpki(key.publicKey)),
        keyDetails: 'PKIX_ED25519',
        validFor: { start: validFrom, ...(validUntil !== undefined && { end: validUntil }) },
      },
      logId: { keyId: toBase64(logIdOf(key)) },
    })),
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
    { min: 1, max: MAX_KEYS },
  ),
});

/**
 * Reads a trusted root of Ed25519 logs: one for each key that a log has had.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID, PUBLIC_KEY_MALFORMED
 */
export function parseTrustedRoot(file: Uint8Array): TrustedLog[] {
  return readDocument(file, MAX_TRUSTED_ROOT_BYTES, root).tlogs.map(({ baseUrl, publicKey, logId }) => ({
    baseUrl,
    publicKey: fromSpki(publicKey.rawBytes),
    logId: logId.keyId,
  }));
}
