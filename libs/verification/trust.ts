import {
  CertificateError,
  fromPem,
  keyHint,
  logIdOf,
  parseTrustedRoot,
  TRUST_FILES,
} from '#libs/certificate';
import { EncodingError, equalBytes, fromUtf8 } from '#libs/essentials';
import {
  checkPublicKey,
  MerkleError,
  parseVkey,
  verifySignature as portably,
  type NoteKey,
  type VerifySignature,
} from '#libs/merkle';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

/** Whom a verifier believes. Everything in it comes from the trust folder, nothing from the certificate. */
export interface TrustPolicy {
  /** Name (origin) and key of the log. */
  readonly logKey: NoteKey;
  /** 32 bytes. */
  readonly logId: Uint8Array;
  /** Ed25519 key that signs certificates, 32 bytes. */
  readonly signerPublicKey: Uint8Array;
  /** Name of that key in bundles. */
  readonly signerHint: string;
  /** By what arithmetic signatures are checked; what holds does not depend on it. */
  readonly verifySignature: VerifySignature;
}

/** Contents of the files in a trust folder. */
export interface TrustFolder {
  /** log.vkey */
  readonly logVkey: Uint8Array;
  /** trusted-root.json */
  readonly trustedRoot: Uint8Array;
  /** certificate-signer.pem */
  readonly signerPem: Uint8Array;
}

/**
 * Reads a trust folder. The log's key stands there twice, for two families of tools; both must be the same key.
 *
 * @param verifySignature a faster one where the platform has it
 * @throws VerificationError TRUST_FILE_MALFORMED, TRUST_KEY_LOW_ORDER, TRUST_KEY_NOT_CANONICAL, TRUST_KEY_ID_MISMATCH,
 *   TRUST_LOG_KEYS_DISAGREE, TRUST_LOG_ID_MISMATCH, TRUST_LOG_ORIGIN_MISMATCH
 */
export function loadTrust(
  { logVkey, trustedRoot, signerPem }: TrustFolder,
  verifySignature: VerifySignature = portably,
): TrustPolicy {
  const logKey = reading(TRUST_FILES.logVkey, () => parseVkey(fromUtf8(logVkey)));
  const logId = logIdOf(logKey);
  reading(TRUST_FILES.trustedRoot, () => {
    const log = parseTrustedRoot(trustedRoot);
    if (!equalBytes(log.publicKey, logKey.publicKey)) {
      checkPublicKey(log.publicKey);
      throw disagreement('TRUST_LOG_KEYS_DISAGREE', 'keys');
    }
    if (!equalBytes(log.logId, logId)) throw disagreement('TRUST_LOG_ID_MISMATCH', 'log ids');
    if (log.baseUrl !== `https://${logKey.name}`)
      throw disagreement('TRUST_LOG_ORIGIN_MISMATCH', 'names of the log');
  });
  const signerPublicKey = reading(TRUST_FILES.signerPem, () => {
    const publicKey = fromPem(fromUtf8(signerPem));
    checkPublicKey(publicKey);
    return publicKey;
  });
  return { logKey, logId, signerPublicKey, signerHint: keyHint(signerPublicKey), verifySignature };
}

const KEY_CODES: Partial<Record<string, VerificationErrorCode>> = {
  KEY_LOW_ORDER: 'TRUST_KEY_LOW_ORDER',
  KEY_MIXED_ORDER: 'TRUST_KEY_LOW_ORDER',
  KEY_NOT_CANONICAL: 'TRUST_KEY_NOT_CANONICAL',
  VKEY_ID_MISMATCH: 'TRUST_KEY_ID_MISMATCH',
};

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(
      cause instanceof MerkleError ||
      cause instanceof CertificateError ||
      cause instanceof EncodingError
    ))
      throw cause;
    const code = KEY_CODES[cause.code] ?? 'TRUST_FILE_MALFORMED';
    throw new VerificationError(code, `${file} cannot be trusted: ${cause.message}`, {
      facts: { file, reason: cause.code },
      nextStep: `Get ${file} again from a source you trust, not from whoever sent the certificate.`,
      cause,
    });
  }
}

function disagreement(code: VerificationErrorCode, what: string): VerificationError {
  const message = `${TRUST_FILES.logVkey} and ${TRUST_FILES.trustedRoot} hold different ${what}`;
  return new VerificationError(code, message, {
    nextStep: 'Get the trust folder again as a whole, from a source you trust.',
  });
}
