import { TRUST_FILES, TRUST_POLICY } from '#libs/certificate';
import { CodedError, utf8 } from '#libs/essentials';
import { loadTrust, type TrustPolicy } from '#libs/verification';
import type { TrustTexts } from './trust-choice.js';

/** A file without which nothing can be verified was not given. */
export class TrustFileError extends CodedError<'TRUST_FILE_MISSING'> {}

/**
 * Whom a verification believes, by the files that somebody chose.
 *
 * @throws TrustFileError TRUST_FILE_MISSING; what loadTrust throws
 */
export function trustPolicyOf(files: TrustTexts): TrustPolicy {
  const known = (name: string): Uint8Array | undefined =>
    files[name] === undefined ? undefined : utf8(files[name]);
  const needed = (name: string): Uint8Array => {
    const file = known(name);
    if (file !== undefined) return file;
    throw new TrustFileError('TRUST_FILE_MISSING', `${name} is not among the trust files`, {
      nextStep: 'Choose all files of the trust folder together.',
      facts: { file: name },
    });
  };
  return loadTrust({
    logVkey: needed(TRUST_FILES.logVkey),
    logKeys: known(TRUST_FILES.logKeys),
    trustedRoot: needed(TRUST_FILES.trustedRoot),
    signerPem: needed(TRUST_FILES.signerPem),
    signerKeys: known(TRUST_FILES.signerKeys),
    policy: known(TRUST_POLICY),
  });
}
