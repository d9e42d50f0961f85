import {
  CertificateError,
  deletedMapRoot,
  parseAbsenceProofs,
  parseModelPublication,
  PREDICATE_TYPES,
  type AbsenceProofs,
  type ModelPublication,
  type UnlearningCertificate,
} from '#libs/certificate';
import { fromHex, toHex, utf8, type Facts, type Sha256 } from '#libs/essentials';
import { verifyKeys } from '#libs/merkle';
import { checkMapProof, NEXT_STEP_FOR_PROOFS, type MapCodes } from './map-refusals.js';
import { StepLog, type ClaimReport, type VerifiedStep } from './steps.js';
import type { TrustPolicy } from './trust.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';
import { verifyLoggedStatement } from './verify-certificate.js';

export interface AbsenceInput {
  /** The file as it was received (AbsenceProofs). */
  readonly proofs: Uint8Array;
  readonly trust: TrustPolicy;
  /** A certificate that was verified; without it the labels are only those that the file names. */
  readonly certificate?: UnlearningCertificate;
  /** Seconds since 1970, for the times of witnesses; absent: not looked at. */
  readonly now?: number;
  readonly hash?: Sha256;
  readonly onStep?: (step: VerifiedStep) => void;
}

export interface AbsenceReport extends ClaimReport {
  readonly labels: number;
  /** Request of the certificate; null where none was given. */
  readonly request: string | null;
  readonly versions: readonly { readonly line: string; readonly version: number; readonly records: number }[];
}

const CODES: MapCodes = {
  malformed: 'ABSENCE_PROOF_MALFORMED',
  notCovered: 'ABSENCE_LABEL_NOT_COVERED',
  oldRoot: 'ABSENCE_ROOT_MISMATCH',
  newRoot: 'ABSENCE_ROOT_MISMATCH',
};

/**
 * Verifies that labels are in no shard of published versions: the publications from the log, the roots from them, the absence from the
 * proofs. A record that was added again under its old label is found here.
 *
 * @throws VerificationError
 */
export function verifyAbsence(input: AbsenceInput): AbsenceReport {
  const { certificate, hash } = input;
  const steps = new StepLog('absence', input.onStep);
  const proofs = steps.run('labels', () => readLabels(input));
  const publications = steps.run('publications', () =>
    proofs.versions.map(({ publication }) => publicationIn(publication, input)),
  );
  steps.run('versions', () => checkVersions(publications, certificate));
  steps.run('absence', () =>
    publications.forEach((publication, index) =>
      checkAbsent(publication, proofs.versions[index].shards, proofs.labels, hash),
    ),
  );
  const versions = publications.map(({ line, version, datasets }) => ({
    line,
    version,
    records: datasets.reduce((sum, { count }) => sum + count, 0),
  }));
  const facts = { labels: proofs.labels.length, request: certificate?.request.id ?? null, versions };
  return steps.report(facts, [OTHER_VERSIONS, ...(certificate === undefined ? [WHOSE_LABELS] : [])]);
}

const OTHER_VERSIONS = {
  code: 'OTHER_VERSIONS',
  meaning: 'Versions that the file does not name are not covered; the log shows whether there are any.',
};
const WHOSE_LABELS = {
  code: 'WHOSE_LABELS',
  meaning: 'No certificate was given, so that nothing says which request the labels belong to.',
};

function readLabels({ proofs: file, certificate }: AbsenceInput): AbsenceProofs {
  const proofs = read(file);
  if (certificate !== undefined && toHex(deletedMapRoot(proofs.labels)) !== certificate.deleted.mapRoot)
    throw refuse('ABSENCE_LABELS_MISMATCH', 'the labels are not those that the certificate is about');
  return proofs;
}

function read(file: Uint8Array): AbsenceProofs {
  try {
    return parseAbsenceProofs(file);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new VerificationError('ABSENCE_FILE_MALFORMED', `the file cannot be read: ${cause.message}`, {
      facts: { ...cause.facts, reason: cause.code },
      nextStep: NEXT_STEP_FOR_PROOFS,
      cause,
    });
  }
}

function publicationIn(bundle: string, { trust, now }: AbsenceInput): ModelPublication {
  const { statement } = verifyLoggedStatement({ bundle: utf8(bundle), trust, now });
  if (statement.predicateType !== PREDICATE_TYPES.publication)
    throw refuse('PREDICATE_TYPE_UNEXPECTED', 'a statement is not the publication of a version');
  return parseModelPublication(statement.predicate);
}

function checkVersions(publications: readonly ModelPublication[], certificate?: UnlearningCertificate): void {
  const seen = new Set<string>();
  const certified = certificate?.model;
  for (const { line, version } of publications) {
    if (seen.has(`${line}/${version}`))
      throw refuse('ABSENCE_VERSION_TWICE', 'a version stands twice', { line, version });
    seen.add(`${line}/${version}`);
    if (certified?.line === line && version < certified.manifest.after.version)
      throw refuse('ABSENCE_VERSION_EARLIER', 'a version is older than the one that was certified', {
        line,
        version,
      });
  }
}

function checkAbsent(
  { line, version, datasets }: ModelPublication,
  shards: readonly Uint8Array[],
  labels: readonly Uint8Array[],
  hash?: Sha256,
): void {
  if (shards.length !== datasets.length)
    throw refuse('ABSENCE_SHARDS_MISMATCH', 'there is not one proof for each shard of a version', {
      line,
      version,
    });
  for (const { shard, root } of datasets) {
    const check = () => verifyKeys(fromHex(root), labels, shards[shard], hash);
    const present = checkMapProof(check, CODES, { shard });
    if (present.length > 0)
      throw refuse('ABSENCE_LABEL_PRESENT', 'a deleted record is in a later dataset', {
        line,
        version,
        shard,
        records: present.length,
      });
  }
}

function refuse(code: VerificationErrorCode, message: string, facts: Facts = {}): VerificationError {
  return new VerificationError(code, message, { facts, nextStep: NEXT_STEP_FOR_PROOFS });
}
