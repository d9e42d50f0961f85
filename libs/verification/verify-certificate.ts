import {
  CertificateError,
  isSignedBy,
  logIdOf,
  parseBundle,
  parseLogKeyRotation,
  parseModelPublication,
  parseModelRevocation,
  parseRekorEntry,
  parseSignerKeyRotation,
  parseStatement,
  parseUnlearningCertificate,
  PREDICATE_TYPES,
  rekorEntryOf,
  toSpki,
  type Bundle,
  type Statement,
  type StatementSubject,
  type UnlearningCertificate,
} from '#libs/certificate';
import { equalBytes, sha256, type ErrorDetails } from '#libs/essentials';
import { isInForce, leafHash, MerkleError, verifyInclusion, type Checkpoint } from '#libs/merkle';
import type { WitnessReport } from '#libs/witnessing';
import { faultOf, reasonOf } from './document-faults.js';
import { StepLog, type ClaimReport, type VerifiedStep } from './steps.js';
import type { TrustedSigner, TrustPolicy } from './trust.js';
import { checkCoherence } from './certificate-coherence.js';
import { openTrustedCheckpoint } from './trusted-checkpoint.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';
import { checkWitnesses } from './witnesses.js';

export interface VerificationInput {
  /** The file as it was received. */
  readonly bundle: Uint8Array;
  readonly trust: TrustPolicy;
  /** POSIX seconds, where there is a clock: what witnesses say of the future is refused. */
  readonly now?: number;
  /** Told of every step that succeeded, as it does. */
  readonly onStep?: (step: VerifiedStep) => void;
}

/** Where a statement stands in the log, and the size of the tree that it was proven to be in. */
export interface LogPlace {
  readonly origin: string;
  readonly index: number;
  readonly size: number;
}

/** What was verified about a logged statement. */
export interface StatementReport {
  readonly statement: Statement;
  readonly log: LogPlace;
  readonly witnesses: WitnessReport;
}

/** What was verified about an unlearning certificate. */
export interface CertificateReport extends ClaimReport {
  readonly log: LogPlace;
  readonly witnesses: WitnessReport;
  /** Files that the certificate is about. */
  readonly subject: readonly StatementSubject[];
  readonly certificate: UnlearningCertificate;
}

/**
 * Verifies an unlearning certificate offline: every step of CLAIM_STEPS.certificate, or one error whose code names the cause.
 *
 * @example
 * const { certificate } = verifyCertificate({ bundle, trust: loadTrust(folder) });
 * @throws VerificationError
 */
export function verifyCertificate(input: VerificationInput): CertificateReport {
  const steps = new StepLog('certificate', input.onStep);
  const { statement, log, witnesses } = verifyStatement(input, expectUnlearning, steps);
  const certificate = parseUnlearningCertificate(statement.predicate);
  return steps.report({ log, witnesses, subject: statement.subject, certificate }, certificate.notProven);
}

/**
 * Verifies any statement of the ledger (genesis, publication, revocation, certificate) in the same steps.
 *
 * @throws VerificationError
 */
export function verifyLoggedStatement(input: VerificationInput): StatementReport {
  return verifyStatement(input, () => undefined, new StepLog('certificate', input.onStep));
}

/** @param accept refuses statements the caller did not ask for, before anything of the log is looked at */
function verifyStatement(
  { bundle: file, trust, now }: VerificationInput,
  accept: (statement: Statement) => void,
  steps: StepLog<'certificate'>,
): StatementReport {
  const bundle = steps.run('bundle', () => readBundle(file));
  const signer = steps.run('signer', () => signerNamed(bundle, trust));
  steps.run('leaf', () => checkLeaf(bundle, signer));
  steps.run('signature', () => checkSignature(bundle, signer, trust));
  const statement = steps.run('statement', () => readStatement(bundle, accept));
  steps.run('coherence', () => checkStatementCoherence(statement));
  steps.run('log', () => checkLog(bundle, trust));
  const checkpoint = steps.run('checkpoint', () =>
    openTrustedCheckpoint(bundle.entry.proof.checkpoint, trust),
  );
  steps.run('head', () => checkHead(bundle, checkpoint));
  steps.run('index', () => checkIndex(bundle));
  steps.run('inclusion', () => checkInclusion(bundle, checkpoint));
  steps.run('authority', () => checkAuthority(bundle, signer));
  const witnesses = steps.run('witnesses', () => checkWitnesses(bundle.entry.proof.checkpoint, trust, now));
  const log = { origin: checkpoint.origin, index: bundle.entry.logIndex, size: checkpoint.size };
  return { statement, log, witnesses };
}

function readBundle(file: Uint8Array): Bundle {
  try {
    return parseBundle(file);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    const code =
      cause.code === 'ENTRY_KIND_UNKNOWN'
        ? 'BUNDLE_ENTRY_KIND_UNKNOWN'
        : (`BUNDLE_${faultOf(cause)}` as const);
    throw refuse(code, `the file is not a certificate: ${cause.message}`, {
      facts: { ...cause.facts, reason: reasonOf(cause) },
      nextStep: 'Ask for the certificate again; the file may have been cut short or converted on its way.',
      cause,
    });
  }
}

function signerNamed({ keyHint }: Bundle, { signers }: TrustPolicy): TrustedSigner {
  const signer = signers.find(({ hint }) => hint === keyHint);
  if (signer !== undefined) return signer;
  throw refuse(
    'SIGNER_KEY_UNKNOWN',
    'the certificate names a signing key that the trust folder does not hold',
    {
      nextStep:
        'See whether the certificate is of this operator. If the key was rotated since, get certificate-signer.pem and certificate-signers.json again from a source you trust; the log announces such a key in an entry of its own.',
    },
  );
}

/** The leaf is what the log commits to, so it must be the leaf of this very envelope. */
function checkLeaf({ envelope, entry }: Bundle, { publicKey }: TrustedSigner): void {
  const leaf = readLeaf(entry.body);
  const payloadDiffers = !equalBytes(leaf.payloadDigest, sha256(envelope.payload));
  const signatureDiffers = !equalBytes(leaf.signature, envelope.signature);
  if (payloadDiffers && signatureDiffers)
    throw refuse('LEAF_OF_ANOTHER_ENVELOPE', 'the log entry belongs to another certificate');
  if (payloadDiffers)
    throw refuse('LEAF_PAYLOAD_MISMATCH', 'the statement is not the one whose digest was logged');
  if (signatureDiffers)
    throw refuse('LEAF_SIGNATURE_MISMATCH', 'the signature is not the one that was logged');
  if (!equalBytes(leaf.signerSpki, toSpki(publicKey)))
    throw refuse('LEAF_KEY_MISMATCH', 'the log entry names another signing key');
  if (!equalBytes(entry.body, rekorEntryOf(envelope, publicKey)))
    throw refuse('LEAF_NOT_CANONICAL', 'the log entry is not in canonical form');
}

function readLeaf(body: Uint8Array): ReturnType<typeof parseRekorEntry> {
  try {
    return parseRekorEntry(body);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw refuse(`LEAF_${faultOf(cause)}`, `the log entry cannot be read: ${cause.message}`, {
      facts: { ...cause.facts, reason: reasonOf(cause) },
      cause,
    });
  }
}

function checkSignature(
  { envelope }: Bundle,
  { publicKey }: TrustedSigner,
  { verifySignature }: TrustPolicy,
): void {
  if (!isSignedBy(envelope, publicKey, verifySignature))
    throw refuse('ENVELOPE_SIGNATURE_INVALID', 'the signature does not hold under the trusted key');
}

function readStatement({ envelope }: Bundle, accept: (statement: Statement) => void): Statement {
  try {
    const statement = parseStatement(envelope.payload);
    accept(statement);
    checkPredicate(statement);
    return statement;
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw refuse(`STATEMENT_${faultOf(cause)}`, `the statement cannot be read: ${cause.message}`, {
      facts: { ...cause.facts, reason: reasonOf(cause) },
      nextStep:
        'It is signed, so the operator wrote it like this: ask them, or use the verifier of their release.',
      cause,
    });
  }
}

function checkPredicate({ predicateType, predicate }: Statement): void {
  switch (predicateType) {
    case PREDICATE_TYPES.unlearning:
      parseUnlearningCertificate(predicate);
      break;
    case PREDICATE_TYPES.publication:
      parseModelPublication(predicate);
      break;
    case PREDICATE_TYPES.revocation:
      parseModelRevocation(predicate);
      break;
    case PREDICATE_TYPES.logKeyRotation:
      parseLogKeyRotation(predicate);
      break;
    case PREDICATE_TYPES.signerKeyRotation:
      parseSignerKeyRotation(predicate);
      break;
    case PREDICATE_TYPES.genesis:
      break; // its reader lives with the training code, which the verifier does not load
    default:
      predicateType satisfies never;
  }
}

/** Statements of other kinds say one thing each. */
function checkStatementCoherence({ predicateType, predicate, subject }: Statement): void {
  if (predicateType === PREDICATE_TYPES.unlearning)
    checkCoherence(parseUnlearningCertificate(predicate), subject);
}

function expectUnlearning({ predicateType }: Statement): void {
  if (predicateType !== PREDICATE_TYPES.unlearning)
    throw refuse('PREDICATE_TYPE_UNEXPECTED', 'the statement is not an unlearning certificate', {
      facts: { predicateType },
    });
}

function checkLog({ entry }: Bundle, { logKeys }: TrustPolicy): void {
  if (!logKeys.some(({ key }) => equalBytes(entry.logId, logIdOf(key))))
    throw refuse('LOG_ID_UNKNOWN', 'the entry is in a log that the trust folder does not name', {
      nextStep:
        'If the log has rotated its key since, get log.vkey, log-keys.json and trusted-root.json again from a source you trust; the log announces such a key in an entry of its own.',
    });
}

function checkHead({ entry: { proof } }: Bundle, { size, root }: Checkpoint): void {
  if (proof.size !== size)
    throw refuse('CHECKPOINT_SIZE_MISMATCH', 'the proof is for a tree of another size than the checkpoint', {
      facts: { proof: proof.size, checkpoint: size },
    });
  if (!equalBytes(proof.root, root))
    throw refuse('CHECKPOINT_ROOT_MISMATCH', 'the proof is for another root than the checkpoint', {
      facts: { size },
    });
}

function checkIndex({ entry: { logIndex, proof } }: Bundle): void {
  if (logIndex !== proof.index)
    throw refuse('INCLUSION_INDEX_MISMATCH', 'entry and proof name different indexes', {
      facts: { entry: logIndex, proof: proof.index },
    });
  if (proof.index >= proof.size)
    throw refuse('INCLUSION_INDEX_OUT_OF_RANGE', 'the index lies beyond the end of the tree', {
      facts: { index: proof.index, size: proof.size },
    });
}

function checkInclusion({ entry: { body, proof } }: Bundle, { size, root }: Checkpoint): void {
  try {
    verifyInclusion({ index: proof.index, size, leafHash: leafHash(body), proof: proof.hashes, root });
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    const code = cause.code === 'INCLUSION_PROOF_LENGTH' ? cause.code : 'INCLUSION_ROOT_MISMATCH';
    throw refuse(code, cause.message, { facts: cause.facts, cause });
  }
}

/** Only now the index is more than somebody's word. A retired key is of no use to a thief: where it may sign, everything is taken. */
function checkAuthority({ entry: { proof } }: Bundle, signer: TrustedSigner): void {
  const { index } = proof;
  if (isInForce(signer, index)) return;
  if (index < signer.from)
    throw refuse('SIGNER_KEY_NOT_ANNOUNCED', 'the key that signed was announced later in the log only', {
      facts: { index, announcedBefore: signer.from },
    });
  throw refuse('SIGNER_KEY_RETIRED', 'the key that signed had been retired before the entry was made', {
    facts: { index, retiredAt: signer.until ?? undefined },
  });
}

const DEFAULT_NEXT_STEP =
  'Do not rely on this file: ask the operator for the certificate again and compare it with the ledger.';

function refuse(code: VerificationErrorCode, message: string, details: ErrorDetails = {}): VerificationError {
  return new VerificationError(code, message, { nextStep: DEFAULT_NEXT_STEP, ...details });
}
