import { PackedCursor, type SubModelConfig } from '#libs/contracts';
import { concatBytes, toHex, type Sha256 } from '#libs/essentials';
import { DatasetBranches } from './dataset-branches.js';
import { LABEL_LENGTH, leavesOf, leavesWhere, type DatasetLeaves, type DatasetMap } from './dataset-map.js';
import type { ChangedRecords } from './gram-changes.js';
import { LearningError } from './learning-error.js';
import { readModelFile, type ModelFileHead } from './model-file.js';
import type { Tensor } from './safetensors.js';
import { countRecords, type CanonicalShard, type ShardSubject } from './shard-dataset.js';
import { trainerOf } from './sub-models.js';

/** An earlier version of a shard, made with the same genesis and the same catalogue, as its manifest has it. */
export interface PreviousShard {
  readonly datasetRoot: string;
  readonly digest: string;
  /** Of the log: records that came later were not in it. */
  readonly position: string;
  /** Its memory is used up. */
  readonly file: Uint8Array;
  /** Records that are not among the shard's any more, and may have been then. */
  readonly withdrawn: readonly ShardSubject[];
}

export interface RevisedShard {
  readonly map: DatasetMap;
  /** Records that were in the earlier version, too. */
  readonly kept: number;
  readonly tensors: readonly Tensor[];
}

interface Revising {
  readonly config: SubModelConfig;
  readonly head: ModelFileHead;
  readonly hash: Sha256;
}

/** Whether a line's shards can be made from earlier versions of them. */
export function canRevise({ subModel, slices }: { subModel: SubModelConfig; slices?: number }): boolean {
  return slices === undefined && trainerOf(subModel.kind).revise !== undefined;
}

/**
 * The shard's map, and its tensors from an earlier version that is shown to have been made of these very records, less what has come
 * since and with what has gone: by the digest of its file and by the root of its dataset.
 *
 * @throws LearningError PREVIOUS_FILE_DIFFERS, PREVIOUS_RECORDS_DIFFER, DATASET_…, MODEL_…, and what `revise` of the trainer throws;
 *   then it has to be trained
 */
export function reviseShard(
  shard: CanonicalShard,
  previous: PreviousShard,
  { config, head, hash }: Revising,
): RevisedShard {
  const { revise } = trainerOf(config.kind);
  if (revise === undefined) throw new TypeError(`a sub-model ${config.kind} cannot be revised`);
  if (toHex(hash(previous.file)) !== previous.digest)
    throw new LearningError('PREVIOUS_FILE_DIFFERS', 'the file is not the one that the manifest names');
  const leaves = leavesOf(shard.subjects);
  const branches = DatasetBranches.of(leaves);
  const changes = changesSince(shard, previous);
  requireSameRecords(branches, leaves, changes, previous, hash);
  const { items, categories, features } = shard;
  const tensors = readModelFile(previous.file, head);
  return {
    map: {
      datasetRoot: toHex(branches.root(hash)),
      count: leaves.labels.length / LABEL_LENGTH,
    },
    kept: changes.isNew.filter((flag) => flag === 0).length,
    tensors: revise({ config, catalogue: { items, categories, features }, tensors, people: changes.people }),
  };
}

interface Changes {
  readonly people: readonly ChangedRecords[];
  /** Of each record, in the order of the shard's people: whether it has come since. */
  readonly isNew: Uint8Array;
  /** Packed. */
  readonly gone: readonly Uint8Array[];
}

function changesSince({ subjects }: CanonicalShard, { position, withdrawn }: PreviousShard): Changes {
  const upTo = BigInt(position);
  const goneOf = new Map(
    withdrawn.map(({ subject, records }) => [subject, recordsUpTo(upTo, records) ?? records]),
  );
  const gone = [...goneOf.values()];
  const isNew = new Uint8Array(subjects.reduce((sum, { count }) => sum + count, 0));
  const people: ChangedRecords[] = [];
  let row = 0;
  for (const { subject, records: after, count } of subjects) {
    const stayed = recordsUpTo(upTo, after, (record) => (isNew[row + record] = 1));
    row += count;
    const left = goneOf.get(subject) ?? new Uint8Array();
    goneOf.delete(subject);
    if (stayed !== undefined || left.length > 0)
      people.push({ before: concatBytes(stayed ?? after, left), after });
  }
  for (const before of goneOf.values()) people.push({ before, after: new Uint8Array() });
  return { people, isNew, gone };
}

/** The records that had come by a position; undefined where all had. */
function recordsUpTo(
  position: bigint,
  records: Uint8Array,
  onLater: (record: number) => void = () => {},
): Uint8Array | undefined {
  const cursor = new PackedCursor(records);
  const kept: Uint8Array[] = [];
  let from = 0; // of the kept records that are not in `kept` yet
  for (let record = 0; cursor.next(); record++) {
    if (cursor.position <= position) continue;
    onLater(record);
    kept.push(records.subarray(from, cursor.label));
    from = cursor.purposeEnd;
  }
  return from === 0 ? undefined : concatBytes(...kept, records.subarray(from));
}

/** @throws LearningError PREVIOUS_RECORDS_DIFFER */
function requireSameRecords(
  branches: DatasetBranches,
  leaves: DatasetLeaves,
  { isNew, gone }: Changes,
  { datasetRoot }: PreviousShard,
  hash: Sha256,
): void {
  const come = leavesOf(gone.map((records) => ({ records, count: countRecords(records) })));
  const stayed = leavesWhere(leaves, (row) => isNew[row] === 0);
  const { labels } = leavesWhere(leaves, (row) => isNew[row] === 1);
  if (toHex(branches.exchanged(stayed, labels, come).root(hash)) !== datasetRoot)
    throw new LearningError('PREVIOUS_RECORDS_DIFFER', 'the earlier version was made of other records');
}
