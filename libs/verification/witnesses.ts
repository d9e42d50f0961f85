import { equalBytes } from '#libs/essentials';
import { MerkleError, parseNote, type NoteKey, type VerifySignature } from '#libs/merkle';
import {
  checkPolicy,
  parsePolicy,
  quorumInWords,
  reportOf,
  type TlogPolicy,
  type Witnessed,
  type WitnessReport,
} from '#libs/witnessing';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

const CLOCK_TOLERANCE = 3600; // seconds that the clock of a verifier may be behind those of witnesses

/** What of a trust folder is about witnesses. */
interface WitnessTrust {
  readonly policy?: TlogPolicy;
  readonly verifySignature: VerifySignature;
}

/**
 * Reads the policy of a trust folder for the log it trusts.
 *
 * @param logKeys all keys that the log ever had
 * @throws VerificationError TRUST_POLICY_OF_ANOTHER_LOG, TRUST_POLICY_LOG_IS_WITNESS; WitnessingError those of parsePolicy
 */
export function loadPolicy(file: Uint8Array, logKeys: readonly NoteKey[]): TlogPolicy {
  const policy = parsePolicy(file);
  const isOfLog = (key: NoteKey): boolean =>
    logKeys.some(({ publicKey }) => equalBytes(publicKey, key.publicKey));
  if (policy.logs.length > 0 && !policy.logs.some(({ key }) => key.name === logKeys[0].name && isOfLog(key)))
    throw untrusted(
      'TRUST_POLICY_OF_ANOTHER_LOG',
      'the policy lists logs, and the trusted one is not among them',
    );
  if (policy.witnesses.some(({ key }) => isOfLog(key)))
    throw untrusted('TRUST_POLICY_LOG_IS_WITNESS', 'the policy counts the log itself as a witness');
  return policy;
}

/**
 * Requires the cosignatures that the trust folder asks for on a checkpoint that is known to be of the trusted log.
 *
 * @param now POSIX seconds, when the verifier has a clock: cosignatures from later than that are refused
 * @throws VerificationError WITNESS_COSIGNATURE_INVALID, WITNESS_TIME_IN_FUTURE, WITNESS_QUORUM_NOT_REACHED,
 *   CHECKPOINT_NOT_SIGNED_BY_LOG, CHECKPOINT_SIGNATURE_INVALID
 */
export function checkWitnesses(
  note: Uint8Array,
  { policy, verifySignature }: WitnessTrust,
  now = Infinity,
): WitnessReport {
  if (policy === undefined) return { quorum: 'none', cosigned: [] };
  const witnessed = weigh(() => checkPolicy(policy, parseNote(note), verifySignature));
  const { satisfied, cosigned } = witnessed;
  const early = cosigned.find(({ time }) => time > now + CLOCK_TOLERANCE);
  if (early !== undefined)
    throw refuse('WITNESS_TIME_IN_FUTURE', 'a witness cosigned the checkpoint in the future', {
      witness: early.witness.name,
      seconds: Math.round(early.time - now),
    });
  if (!satisfied)
    throw refuse('WITNESS_QUORUM_NOT_REACHED', 'too few of the trusted witnesses saw this checkpoint', {
      quorum: quorumInWords(policy.quorum),
      cosigned: cosigned.map(({ witness }) => witness.name).join(', ') || 'none',
    });
  return reportOf(policy, witnessed);
}

const CODES: Partial<Record<string, VerificationErrorCode>> = {
  NOTE_NOT_SIGNED_BY_KEY: 'CHECKPOINT_NOT_SIGNED_BY_LOG',
  NOTE_SIGNATURE_INVALID: 'CHECKPOINT_SIGNATURE_INVALID',
};

function weigh(work: () => Witnessed): Witnessed {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    const code = CODES[cause.code] ?? 'WITNESS_COSIGNATURE_INVALID';
    throw refuse(code, cause.message, { witness: cause.facts.key, reason: cause.code }, cause);
  }
}

function refuse(
  code: VerificationErrorCode,
  message: string,
  facts: VerificationError['facts'],
  cause?: unknown,
): VerificationError {
  return new VerificationError(code, message, {
    facts,
    nextStep:
      'Ask the operator for the certificate again, issued over a checkpoint that the witnesses saw; ask the witnesses what they saw.',
    cause,
  });
}

function untrusted(code: VerificationErrorCode, message: string): VerificationError {
  return new VerificationError(code, message, {
    nextStep: 'Get the policy again from a source you trust, not from whoever sent the certificate.',
  });
}
