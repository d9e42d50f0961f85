import {
  CertificateError,
  keyHint,
  logIdOf,
  onlySigner,
  parseLogKeys,
  parseSignerKeys,
  parseSignerPem,
  parseTrustedRoot,
  parseVkeyLines,
  TRUST_FILES,
  TRUST_POLICY,
  type SignerKey,
  type TrustedLog,
  type TrustFiles,
} from '#libs/certificate';
import { EncodingError, equalBytes, isCodedError, utf8 } from '#libs/essentials';
import {
  checkPublicKey,
  MerkleError,
  verifySignature as portably,
  type LogKey,
  type NoteKey,
  type VerifySignature,
} from '#libs/merkle';
import { WitnessingError, type TlogPolicy } from '#libs/witnessing';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';
import { loadPolicy } from './witnesses.js';

/** Whom a verifier believes. Everything in it comes from the trust folder, nothing from the certificate. */
export interface TrustPolicy {
  /** Name of the log. */
  readonly origin: string;
  /** Keys that the log has had, oldest first. */
  readonly logKeys: readonly LogKey[];
  /** Keys that sign certificates, or have signed them, oldest first. */
  readonly signers: readonly TrustedSigner[];
  /** By what arithmetic signatures are checked; what holds does not depend on it. */
  readonly verifySignature: VerifySignature;
  /** Witnesses that must have seen a checkpoint; none are required without it. */
  readonly policy?: TlogPolicy;
}

export interface TrustedSigner extends SignerKey {
  /** Name of the key in bundles. */
  readonly hint: string;
}

/** Contents of the files in a trust folder. */
export interface TrustFolder {
  /** log.vkey */
  readonly logVkey: Uint8Array;
  /** log-keys.json; may be absent as long as the log has had one key. */
  readonly logKeys?: Uint8Array;
  /** trusted-root.json */
  readonly trustedRoot: Uint8Array;
  /** certificate-signer.pem */
  readonly signerPem: Uint8Array;
  /** certificate-signers.json; may be absent as long as one key has signed. */
  readonly signerKeys?: Uint8Array;
  /** policy (C2SP tlog-policy), when the folder has one */
  readonly policy?: Uint8Array;
}

/** The contents of a trust folder out of its files by name, as whoever writes them has them. */
export function trustFolderOf(files: TrustFiles & { readonly [TRUST_POLICY]?: string }): TrustFolder {
  const policy = files[TRUST_POLICY];
  return {
    logVkey: utf8(files[TRUST_FILES.logVkey]),
    logKeys: utf8(files[TRUST_FILES.logKeys]),
    trustedRoot: utf8(files[TRUST_FILES.trustedRoot]),
    signerPem: utf8(files[TRUST_FILES.signerPem]),
    signerKeys: utf8(files[TRUST_FILES.signerKeys]),
    policy: policy === undefined ? undefined : utf8(policy),
  };
}

/**
 * Reads a trust folder. The log's keys stand there several times, for several families of tools; all must be the same keys.
 *
 * @param verifySignature a faster one where the platform has it
 * @throws VerificationError TRUST_FILE_MALFORMED, TRUST_KEY_LOW_ORDER, TRUST_KEY_NOT_CANONICAL, TRUST_KEY_ID_MISMATCH,
 *   TRUST_SIGNER_KEYS_FILE_MISSING, TRUST_SIGNER_KEYS_DISAGREE, TRUST_LOG_KEYS_FILE_MISSING, TRUST_LOG_KEYS_DISAGREE, TRUST_LOG_ID_MISMATCH, TRUST_LOG_ORIGIN_MISMATCH, TRUST_POLICY_OF_ANOTHER_LOG,
 *   TRUST_POLICY_LOG_IS_WITNESS
 */
export function loadTrust(
  { logVkey, logKeys: periods, trustedRoot, signerPem, signerKeys, policy: policyFile }: TrustFolder,
  verifySignature: VerifySignature = portably,
): TrustPolicy {
  const keys = reading(TRUST_FILES.logVkey, () => parseVkeyLines(logVkey));
  const logKeys = reading(TRUST_FILES.logKeys, () => logKeysOf(keys, periods));
  reading(TRUST_FILES.trustedRoot, () => checkTrustedRoot(keys, parseTrustedRoot(trustedRoot)));
  const signerPublicKeys = reading(TRUST_FILES.signerPem, () => {
    const publicKeys = parseSignerPem(signerPem);
    publicKeys.forEach(checkPublicKey);
    return publicKeys;
  });
  const signers = reading(TRUST_FILES.signerKeys, () => signersOf(signerPublicKeys, signerKeys));
  const policy = policyFile && reading(TRUST_POLICY, () => loadPolicy(policyFile, keys));
  return { origin: keys[0].name, logKeys, signers, verifySignature, policy };
}

function logKeysOf(keys: readonly NoteKey[], periods: Uint8Array | undefined): LogKey[] {
  if (periods === undefined) {
    if (keys.length === 1) return [{ key: keys[0], from: 0, until: null }];
    throw new VerificationError(
      'TRUST_LOG_KEYS_FILE_MISSING',
      'the log has had several keys, and nothing says which of them signs when',
      {
        nextStep: `Get ${TRUST_FILES.logKeys} from where the other trust files come from.`,
      },
    );
  }
  const logKeys = parseLogKeys(periods);
  const same = logKeys.length === keys.length && keys.every((key, at) => isSameKey(key, logKeys[at].key));
  if (!same) throw disagreement('TRUST_LOG_KEYS_DISAGREE', TRUST_FILES.logKeys, 'keys');
  if (keys.some(({ name }) => name !== keys[0].name))
    throw disagreement('TRUST_LOG_ORIGIN_MISMATCH', TRUST_FILES.logKeys, 'names of the log');
  return logKeys;
}

function signersOf(publicKeys: readonly Uint8Array[], periods: Uint8Array | undefined): TrustedSigner[] {
  if (periods === undefined && publicKeys.length > 1)
    throw new VerificationError(
      'TRUST_SIGNER_KEYS_FILE_MISSING',
      'several keys sign certificates, and nothing says which of them does when',
      { nextStep: `Get ${TRUST_FILES.signerKeys} from where the other trust files come from.` },
    );
  const signers = periods === undefined ? onlySigner(publicKeys[0]) : parseSignerKeys(periods);
  const same =
    signers.length === publicKeys.length &&
    publicKeys.every((publicKey, at) => equalBytes(publicKey, signers[at].publicKey));
  if (!same)
    throw disagreement('TRUST_SIGNER_KEYS_DISAGREE', TRUST_FILES.signerKeys, 'keys', TRUST_FILES.signerPem);
  return signers.map((signer) => ({ ...signer, hint: keyHint(signer.publicKey) }));
}

function checkTrustedRoot(keys: readonly NoteKey[], logs: readonly TrustedLog[]): void {
  const file = TRUST_FILES.trustedRoot;
  const same =
    logs.length === keys.length && keys.every((key, at) => equalBytes(key.publicKey, logs[at].publicKey));
  if (!same) {
    logs.forEach(({ publicKey }) => checkPublicKey(publicKey));
    throw disagreement('TRUST_LOG_KEYS_DISAGREE', file, 'keys');
  }
  if (!keys.every((key, at) => equalBytes(logIdOf(key), logs[at].logId)))
    throw disagreement('TRUST_LOG_ID_MISMATCH', file, 'log ids');
  if (!keys.every(({ name }, at) => logs[at].baseUrl === `https://${name}`))
    throw disagreement('TRUST_LOG_ORIGIN_MISMATCH', file, 'names of the log');
}

function isSameKey(a: NoteKey, b: NoteKey): boolean {
  return a.name === b.name && equalBytes(a.publicKey, b.publicKey);
}

const CODES: Partial<Record<string, VerificationErrorCode>> = {
  KEY_LOW_ORDER: 'TRUST_KEY_LOW_ORDER',
  KEY_MIXED_ORDER: 'TRUST_KEY_LOW_ORDER',
  KEY_NOT_CANONICAL: 'TRUST_KEY_NOT_CANONICAL',
  VKEY_ID_MISMATCH: 'TRUST_KEY_ID_MISMATCH',
  POLICY_WITNESS_DUPLICATE: 'TRUST_POLICY_WITNESS_TWICE',
  POLICY_LOG_IS_WITNESS: 'TRUST_POLICY_LOG_IS_WITNESS',
  POLICY_NOT_TERMINATED: 'TRUST_POLICY_CUT_SHORT',
};

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(
      cause instanceof MerkleError ||
      cause instanceof CertificateError ||
      cause instanceof WitnessingError ||
      cause instanceof EncodingError
    ))
      throw cause;
    const reason = isCodedError(cause.cause) ? cause.cause.code : cause.code; // of a policy: what is wrong with the key of the line
    const code = CODES[cause.code] ?? CODES[reason] ?? 'TRUST_FILE_MALFORMED';
    throw new VerificationError(code, `${file} cannot be trusted: ${cause.message}`, {
      facts: { ...cause.facts, file, reason: cause.code },
      nextStep: `Get ${file} again from a source you trust, not from whoever sent the certificate.`,
      cause,
    });
  }
}

function disagreement(
  code: VerificationErrorCode,
  file: string,
  what: string,
  other: string = TRUST_FILES.logVkey,
): VerificationError {
  const message = `${other} and ${file} hold different ${what}`;
  return new VerificationError(code, message, {
    nextStep: 'Get the trust folder again as a whole, from a source you trust.',
  });
}
