import type { CertifiedModel, CertifiedShard, UnlearningCertificate } from '#libs/certificate';
import type { CheckpointManifest, ModelManifest, ShardManifest } from '#libs/contracts';
import type { ErrorDetails, Facts } from '#libs/essentials';
import { PartialVerificationError, type Finding, type Findings } from './partial-verification.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

export interface RebuiltShard extends CertifiedShard {
  readonly shard: number;
  /** SHA-256 of the parameters after each round, hex; in a line with slices those of the last one come last. */
  readonly roundDigests: readonly string[];
  /** In a line with slices. */
  readonly checkpoints?: readonly CheckpointManifest[];
}

/** A shard that cannot be rebuilt any more, because records of its dataset were erased after it was made. */
export interface LostShard {
  readonly shard: number;
  /** Records of its dataset that are still there. */
  readonly left: number;
  /** Labels of the shard that erasures after its dataset name. */
  readonly erasedLater: number;
}

/** What a replay arrived at; digests and roots in hexadecimal. */
export interface RebuiltVersion {
  /** Every affected shard; others where the caller rebuilt them too. */
  readonly shards: readonly RebuiltShard[];
  readonly lostShards: readonly LostShard[];
  /** Undefined when it cannot be rebuilt any more, because records or shards that it was made of are gone. */
  readonly aggregatorDigest: string | undefined;
  readonly catalogueRoot: string;
  readonly genesisDigest: string;
  readonly configDigest: string;
  readonly codeDigest: string;
  readonly kernelDigest: string;
}

export interface ReplayInput {
  readonly certificate: UnlearningCertificate;
  /** The manifest of the version after the unlearning, and the SHA-256 of the file it was read from. */
  readonly manifest: ModelManifest;
  readonly manifestDigest: string;
  readonly rebuilt: RebuiltVersion;
}

export interface ReplayReport {
  readonly line: string;
  readonly version: number;
  /** Rebuilt and equal, byte for byte. */
  readonly rebuiltShards: readonly number[];
  /** Not rebuilt: taken at the digests that certificate and manifest agree on. */
  readonly otherShards: readonly number[];
  readonly aggregatorDigest: string;
}

/**
 * Compares a replay with what was certified, causes before consequences: the documents with each other, code and configuration, the
 * records, the sub-models, the aggregator. What is gone is accounted for before anything is called gone.
 *
 * @throws VerificationError REPLAY_…; PartialVerificationError REPLAY_DATA_SINCE_ERASED with what holds and what cannot be checked any more
 */
export function compareReplay({ certificate, manifest, manifestDigest, rebuilt }: ReplayInput): ReplayReport {
  const { model } = certificate;
  if (model === null)
    throw refuse('REPLAY_NO_MODEL', 'the certificate is from before any model was published', {
      nextStep: 'There is nothing to rebuild; `lacuna-verify certificate` checks all that it states.',
    });
  checkDocuments(model, manifest, manifestDigest);
  checkIngredients(manifest, rebuilt);
  const affected = model.affectedShards.map(({ shard }) => shard);
  checkCoverage(affected, manifest, rebuilt);
  for (const shard of rebuilt.shards) checkShard(shard, certifiedShard(manifest, shard));
  for (const shard of rebuilt.lostShards) accountFor(shard, certifiedShard(manifest, shard));
  checkAggregator(rebuilt.aggregatorDigest, manifest);
  if (rebuilt.lostShards.length > 0 || rebuilt.aggregatorDigest === undefined)
    throw sinceErased(findingsOf(manifest, rebuilt));
  const rebuiltShards = rebuilt.shards.map(({ shard }) => shard).sort((a, b) => a - b);
  return {
    line: manifest.line,
    version: manifest.version,
    rebuiltShards,
    otherShards: manifest.shards.map(({ shard }) => shard).filter((shard) => !rebuiltShards.includes(shard)),
    aggregatorDigest: manifest.aggregator.digest,
  };
}

/** Why a rebuilt shard is not the certified one, its first differing round among the facts; undefined where it is. */
export function divergenceOf(rebuilt: RebuiltShard, certified: ShardManifest): VerificationError | undefined {
  try {
    checkShard(rebuilt, certified);
    return undefined;
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
}

function certifiedShard({ shards }: ModelManifest, { shard }: { readonly shard: number }): ShardManifest {
  return shards.find((own) => own.shard === shard)!; // checkCoverage has seen that it is there
}

function checkAggregator(rebuilt: string | undefined, { aggregator }: ModelManifest): void {
  if (rebuilt !== undefined && rebuilt !== aggregator.digest)
    throw refuse(
      'REPLAY_AGGREGATOR_MISMATCH',
      'the rebuilt aggregator has other bytes than the certified one',
    );
}

function checkDocuments(model: CertifiedModel, manifest: ModelManifest, manifestDigest: string): void {
  if (manifestDigest !== model.manifest.after.digest)
    throw refuse(
      'REPLAY_MANIFEST_DIGEST_MISMATCH',
      'the manifest is not the one that the certificate names',
      {
        facts: { certified: model.manifest.after.digest, found: manifestDigest },
        nextStep: 'Take the manifest of the version that the certificate names.',
      },
    );
  const certified = [
    ...model.affectedShards.map(({ shard, after }) => ({ shard, ...after })),
    ...model.unaffectedShards,
  ];
  const agree =
    manifest.line === model.line &&
    manifest.version === model.manifest.after.version &&
    manifest.genesisDigest === model.genesisDigest &&
    manifest.catalogue.root === model.catalogueRoot &&
    manifest.aggregator.digest === model.aggregator.after &&
    manifest.shards.length === certified.length &&
    manifest.shards.every((own) => certified.some((one) => sameShard(own, one)));
  if (!agree)
    throw refuse(
      'REPLAY_MANIFEST_DISAGREES',
      'certificate and manifest state different things of one version',
    );
}

function sameShard(a: CertifiedShard & { shard: number }, b: CertifiedShard & { shard: number }): boolean {
  return (
    a.shard === b.shard && a.datasetRoot === b.datasetRoot && a.count === b.count && a.digest === b.digest
  );
}

function checkIngredients(manifest: ModelManifest, rebuilt: RebuiltVersion): void {
  const compared: [VerificationErrorCode, string, string, string][] = [
    ['REPLAY_GENESIS_MISMATCH', 'genesis', manifest.genesisDigest, rebuilt.genesisDigest],
    ['REPLAY_CONFIG_DIGEST_MISMATCH', 'configuration', manifest.configDigest, rebuilt.configDigest],
    ['REPLAY_CODE_DIGEST_MISMATCH', 'training code', manifest.codeDigest, rebuilt.codeDigest],
    ['REPLAY_KERNEL_DIGEST_MISMATCH', 'kernel', manifest.kernelDigest, rebuilt.kernelDigest],
    ['REPLAY_CATALOGUE_ROOT_MISMATCH', 'catalogue', manifest.catalogue.root, rebuilt.catalogueRoot],
  ];
  for (const [code, what, certified, found] of compared)
    if (certified !== found)
      throw refuse(code, `the replay used another ${what} than was certified`, {
        facts: { certified, found },
      });
}

/** @throws VerificationError when an affected shard was neither rebuilt nor is lost, or there is one that the model does not have */
function checkCoverage(
  affected: readonly number[],
  manifest: ModelManifest,
  { shards, lostShards }: RebuiltVersion,
): void {
  const covered = [...shards, ...lostShards].map(({ shard }) => shard);
  const unexpected = covered.find((shard) => !manifest.shards.some((own) => own.shard === shard));
  if (unexpected !== undefined || new Set(covered).size !== covered.length)
    throw refuse(
      'REPLAY_SHARD_UNEXPECTED',
      'the replay has a shard twice, or one that the model does not have',
      {
        facts: { shard: unexpected },
      },
    );
  const missing = affected.find((shard) => !covered.includes(shard));
  if (missing !== undefined)
    throw refuse('REPLAY_SHARD_MISSING', 'an affected shard was not rebuilt', { facts: { shard: missing } });
}

/** Whatever a shard has lost must have been erased on record: a record that went without an erasure is one that the copy of the log hides. */
function accountFor({ shard, left, erasedLater }: LostShard, { count }: ShardManifest): void {
  if (left + erasedLater < count)
    throw refuse(
      'REPLAY_RECORDS_MISSING',
      'the events hold fewer records than the shard was trained on, and the erasures since then do not account for all of them',
      { facts: { shard, certified: count, found: left, erasedLater } },
    );
}

function checkShard(rebuilt: RebuiltShard, certified: ShardManifest): void {
  const facts: Facts = { shard: rebuilt.shard, certified: certified.count, found: rebuilt.count };
  if (rebuilt.count < certified.count)
    throw refuse('REPLAY_RECORDS_MISSING', 'the events hold fewer records than the shard was trained on', {
      facts,
    });
  if (rebuilt.count > certified.count)
    throw refuse('REPLAY_RECORDS_ADDED', 'the events hold more records than the shard was trained on', {
      facts,
    });
  if (rebuilt.datasetRoot !== certified.datasetRoot)
    throw refuse(
      'REPLAY_DATASET_ROOT_MISMATCH',
      'the events hold other records than the shard was trained on',
      {
        facts,
      },
    );
  checkRounds(rebuilt, certified);
  if (!sameCheckpoints(rebuilt.checkpoints ?? [], certified.checkpoints ?? []))
    throw refuse('REPLAY_CHECKPOINT_MISMATCH', 'the same records gave other checkpoints', {
      facts: { shard: rebuilt.shard },
    });
}

/** Rounds that are listed must be those that the replay went through, whatever came out at the end. */
function checkRounds({ shard, digest, roundDigests }: RebuiltShard, certified: ShardManifest): void {
  const { rounds = [] } = certified;
  const replayed = roundDigests.slice(-rounds.length);
  const first = rounds.findIndex((round, at) => round !== replayed[at]);
  const facts = { shard, round: first + 1, rounds: rounds.length };
  if (digest !== certified.digest)
    throw refuse(
      'REPLAY_SHARD_DIGEST_MISMATCH',
      first < 0
        ? 'the same records gave other model bytes'
        : `the same records gave other model bytes, from round ${first + 1} of ${rounds.length} on`,
      { facts: first < 0 ? { shard } : facts },
    );
  if (first >= 0)
    throw refuse(
      'REPLAY_ROUNDS_MISMATCH',
      'the certified bytes were reached by other rounds than were logged',
      {
        facts,
      },
    );
}

function sameCheckpoints(a: readonly CheckpointManifest[], b: readonly CheckpointManifest[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ datasetRoot, digest }, at) => datasetRoot === b[at].datasetRoot && digest === b[at].digest)
  );
}

function findingsOf(manifest: ModelManifest, rebuilt: RebuiltVersion): Findings {
  const lost = rebuilt.lostShards.map((shard) => ({
    ...shard,
    certified: certifiedShard(manifest, shard).count,
  }));
  const { aggregatorDigest } = rebuilt;
  const aggregator: Finding =
    aggregatorDigest === undefined
      ? { code: 'AGGREGATOR_BYTES', meaning: 'records or shards that the aggregator was made of are gone' }
      : { code: 'AGGREGATOR_REBUILT', meaning: 'the aggregator was rebuilt to the certified bytes' };
  return {
    checked: [
      {
        code: 'INGREDIENTS',
        meaning: 'catalogue, configuration, training code and kernel are those of the manifest',
      },
      ...rebuilt.shards.map(({ shard, count }) => ({
        code: 'SHARD_REBUILT',
        meaning: 'the shard was rebuilt: dataset root and model bytes are the certified ones',
        facts: { shard, records: count },
      })),
      ...lost.map(({ shard, certified, left, erasedLater }) => ({
        code: 'LATER_ERASURES_ACCOUNT_FOR_SHARD',
        meaning: 'later erasures name at least as many labels of the shard as it has lost records',
        facts: { shard, certified, left, gone: certified - left, erasedLater },
      })),
      ...(aggregatorDigest === undefined ? [] : [aggregator]),
    ],
    notCheckable: [
      ...lost.map(({ shard, certified, left }) => ({
        code: 'DATASET_ROOT',
        meaning:
          'the root cannot be computed again, nor the records it stood for be known, because the openings of those that were erased are destroyed',
        facts: { shard, gone: certified - left },
      })),
      ...lost.map(({ shard }) => ({
        code: 'SHARD_BYTES',
        meaning: 'the shard cannot be trained again without the records that were erased',
        facts: { shard },
      })),
      ...(aggregatorDigest === undefined ? [aggregator] : []),
    ],
  };
}

function sinceErased(findings: Findings): PartialVerificationError {
  return new PartialVerificationError(
    'REPLAY_DATA_SINCE_ERASED',
    'records that the certified version was made of were erased after the certificate',
    findings,
    {
      nextStep:
        'Replay the newest certificate, which vouches for the records that are left; `lacuna-verify deletion` still shows of this one what left the datasets.',
    },
  );
}

function refuse(code: VerificationErrorCode, message: string, details: ErrorDetails = {}): VerificationError {
  return new VerificationError(code, message, {
    nextStep:
      'See that events, code and certificate belong together; if they do, report the difference to the operator.',
    ...details,
  });
}
