import {
  CertificateError,
  deletedMapRoot,
  parseUnlearningProofs,
  tombstoneOf,
  type CertifiedModel,
  type ShardProof,
  type UnlearningCertificate,
  type UnlearningProofs,
} from '#libs/certificate';
import { equalBytes, fromHex, sha256, toHex, type Facts, type Sha256 } from '#libs/essentials';
import { verifyDelta, verifyKeys } from '#libs/merkle';
import { checkMapProof, NEXT_STEP_FOR_PROOFS, type MapCodes } from './map-refusals.js';
import { StepLog, type ClaimReport, type VerifiedStep } from './steps.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

export interface DeletionInput {
  /** A certificate that was verified. */
  readonly certificate: UnlearningCertificate;
  /** The file of proofs as it was received. */
  readonly proofs: Uint8Array;
  /** A quicker SHA-256 where there is one. */
  readonly hash?: Sha256;
  readonly onStep?: (step: VerifiedStep) => void;
}

/** What was verified about the records of a request. */
export interface DeletionReport extends ClaimReport {
  /** Labels that were in the datasets before and are not any more. */
  readonly left: number;
  /** Labels that no dataset of the version before had: recorded after its training, or never covered by the purpose. */
  readonly neverThere: number;
  /** Entries that went from the affected datasets and came to them, those of other requests included. */
  readonly changes: { readonly deleted: number; readonly added: number };
}

/**
 * Verifies that the records of a certificate left the datasets and nothing else changed: from the roots that the certificate states and
 * the file of proofs beside it, with nobody's help.
 *
 * @example
 * const { certificate } = verifyCertificate({ bundle, trust });
 * const { left } = verifyDeletion({ certificate, proofs });
 * @throws VerificationError
 */
export function verifyDeletion(input: DeletionInput): DeletionReport {
  return provenDepartures(input).report;
}

/** A record that left a dataset, as the proof of that dataset's change shows it. */
export interface Departure {
  /** 32 bytes. */
  readonly label: Uint8Array;
  /** H(record commitment), 32 bytes. */
  readonly valueHash: Uint8Array;
}

/**
 * Verifies what verifyDeletion does, and says what stood at each label of the request that left a dataset: once a dataset, so that a
 * label that stood in two is there twice.
 *
 * @throws VerificationError
 */
export function provenDepartures({ certificate, proofs: file, hash, onStep }: DeletionInput): {
  readonly report: DeletionReport;
  readonly departures: readonly Departure[];
} {
  const steps = new StepLog('deletion', onStep);
  const proofs = steps.run('proofs', () => readProofs(file, certificate));
  steps.run('labels', () => checkLabels(proofs, certificate));
  const { model } = certificate;
  const departed = steps.run('deltas', () => (model === null ? NOBODY : checkDeltas(proofs, model, hash)));
  const gone = new Set(departed.own.map(({ label }) => toHex(label)));
  steps.run('left', () => checkOthers(proofs, model, gone, hash));
  steps.run('tombstones', () => checkTombstones(proofs, certificate, hash));
  const left = gone.size;
  const facts = { left, neverThere: proofs.labels.length - left, changes: departed.changes };
  return { report: steps.report(facts, []), departures: departed.own };
}

/** What the deltas of the affected shards show. */
interface Departed {
  /** What was deleted at labels of the request. */
  readonly own: readonly Departure[];
  readonly changes: { readonly deleted: number; readonly added: number };
}

const NOBODY: Departed = { own: [], changes: { deleted: 0, added: 0 } };

const DELTA_CODES: MapCodes = {
  malformed: 'DELETION_PROOF_MALFORMED',
  notCovered: 'DELETION_LABEL_NOT_COVERED',
  oldRoot: 'DELETION_BEFORE_ROOT_MISMATCH',
  newRoot: 'DELETION_AFTER_ROOT_MISMATCH',
};
const TOMBSTONE_CODES: MapCodes = {
  malformed: 'TOMBSTONES_PROOF_MALFORMED',
  notCovered: 'TOMBSTONES_LABEL_MISSING',
  oldRoot: 'TOMBSTONES_BEFORE_ROOT_MISMATCH',
  newRoot: 'TOMBSTONES_AFTER_ROOT_MISMATCH',
};

function readProofs(file: Uint8Array, { proofs }: UnlearningCertificate): UnlearningProofs {
  if (file.length !== proofs.bytes || toHex(sha256(file)) !== proofs.digest)
    throw refuse('PROOFS_DIGEST_MISMATCH', 'the file of proofs is not the one that the certificate names', {
      file: proofs.file,
    });
  try {
    return parseUnlearningProofs(file);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new VerificationError('PROOFS_MALFORMED', `the file of proofs cannot be read: ${cause.message}`, {
      facts: { ...cause.facts, reason: cause.code },
      nextStep: NEXT_STEP_FOR_PROOFS,
      cause,
    });
  }
}

function checkLabels({ labels }: UnlearningProofs, { deleted }: UnlearningCertificate): void {
  if (labels.length !== deleted.count)
    throw refuse('DELETION_LABEL_COUNT_MISMATCH', 'the certificate is about another number of records', {
      certified: deleted.count,
      listed: labels.length,
    });
  if (toHex(deletedMapRoot(labels)) !== deleted.mapRoot)
    throw refuse('DELETION_LABELS_MISMATCH', 'the labels are not those that the certificate is about');
}

function checkDeltas({ labels, shards }: UnlearningProofs, model: CertifiedModel, hash?: Sha256): Departed {
  const asked = new Set(labels.map(toHex));
  const own: Departure[] = [];
  const changes = { deleted: 0, added: 0 };
  for (const affected of model.affectedShards) {
    const { shard, delta: stated } = affected;
    if (stated === null)
      throw refuse(
        'DELETION_PROOF_LOST',
        'the operator has lost the dataset maps of a shard and proves nothing of it',
        {
          shard,
        },
      );
    const delta = checkMapProof(
      () => verifyDelta(claimOf(affected, deltaFor(shard, shards), labels), hash),
      DELTA_CODES,
      { shard },
    );
    const deleted = delta.deleted.length + delta.replaced.length;
    const added = delta.added.length + delta.replaced.length;
    if (deleted !== stated.deleted || added !== stated.added)
      throw refuse(
        'DELETION_COUNT_MISMATCH',
        'another number of entries went or came than the certificate states',
        {
          shard,
          deleted,
          added,
        },
      );
    requireNone(delta.present, shard);
    for (const { key: label, valueHash } of delta.deleted)
      if (asked.has(toHex(label))) own.push({ label, valueHash });
    changes.deleted += deleted;
    changes.added += added;
  }
  return { own, changes };
}

function claimOf(
  { before, after }: CertifiedModel['affectedShards'][number],
  proof: Uint8Array,
  asked: readonly Uint8Array[],
): Parameters<typeof verifyDelta>[0] {
  return { oldRoot: fromHex(before.datasetRoot), newRoot: fromHex(after.datasetRoot), proof, asked };
}

function deltaFor(shard: number, shards: readonly ShardProof[]): Uint8Array {
  const [proof] = proofsOf(shard, shards);
  if (!('delta' in proof))
    throw refuse('DELETION_SHARD_UNEXPECTED', 'an affected shard has no proof of its change', { shard });
  return proof.delta;
}

/** Labels that left no affected shard must be in none of the others. */
function checkOthers(
  { labels, shards }: UnlearningProofs,
  model: CertifiedModel | null,
  gone: ReadonlySet<string>,
  hash?: Sha256,
): void {
  const rest = labels.filter((label) => !gone.has(toHex(label)));
  const others = model === null || rest.length === 0 ? [] : model.unaffectedShards;
  for (const { shard, datasetRoot } of others) {
    const [proof] = proofsOf(shard, shards);
    if (!('absence' in proof))
      throw refuse('DELETION_SHARD_UNEXPECTED', 'an unaffected shard has a proof of a change', { shard });
    const present = checkMapProof(
      () => verifyKeys(fromHex(datasetRoot), rest, proof.absence, hash),
      DELTA_CODES,
      {
        shard,
      },
    );
    requireNone(present, shard);
  }
  if (shards.length !== others.length + (model?.affectedShards.length ?? 0))
    throw refuse('DELETION_SHARD_UNEXPECTED', 'there are proofs of shards that nothing is to be proven of');
}

function proofsOf(shard: number, shards: readonly ShardProof[]): [ShardProof] {
  const found = shards.filter((proof) => proof.shard === shard);
  if (found.length === 0) throw refuse('DELETION_SHARD_MISSING', 'there is no proof of a shard', { shard });
  if (found.length > 1)
    throw refuse('DELETION_SHARD_UNEXPECTED', 'there are two proofs of a shard', { shard });
  return [found[0]];
}

function requireNone(present: readonly unknown[], shard: number): void {
  if (present.length > 0)
    throw refuse('DELETION_LABEL_STILL_PRESENT', 'a record of the request is in the new dataset', {
      shard,
      records: present.length,
    });
}

function checkTombstones(
  { labels, tombstones: proof }: UnlearningProofs,
  { tombstones }: UnlearningCertificate,
  hash?: Sha256,
): void {
  const [oldRoot, newRoot] = [fromHex(tombstones.before.root), fromHex(tombstones.after.root)];
  const claim = { oldRoot, newRoot, proof, asked: labels };
  const { deleted, replaced, added, present } = checkMapProof(
    () => verifyDelta(claim, hash),
    TOMBSTONE_CODES,
  );
  if (deleted.length + replaced.length > 0)
    throw refuse('TOMBSTONES_NOT_APPEND_ONLY', 'a label was taken out of the map of deleted labels');
  if (present.length !== labels.length)
    throw refuse('TOMBSTONES_LABEL_MISSING', 'a label is not in the map of deleted labels');
  const own = new Map(labels.map((label) => [toHex(label), tombstoneOf(label)]));
  if (added.some(({ key, valueHash }) => !equalBytes(own.get(toHex(key))?.valueHash ?? key, valueHash)))
    throw refuse('TOMBSTONES_LABEL_FOREIGN', 'something else came into the map of deleted labels');
  if (tombstones.after.count - tombstones.before.count !== added.length)
    throw refuse('TOMBSTONES_COUNT_MISMATCH', 'the map of deleted labels grew by another number', {
      added: added.length,
    });
}

function refuse(code: VerificationErrorCode, message: string, facts: Facts = {}): VerificationError {
  return new VerificationError(code, message, { facts, nextStep: NEXT_STEP_FOR_PROOFS });
}
