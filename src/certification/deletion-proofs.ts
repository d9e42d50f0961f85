import {
  unlearningProofsFile,
  type CertifiedModel,
  type ShardProof,
  type UnlearningCertificate,
} from '#libs/certificate';
import type { ShardManifest } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import type { DatasetProofs, ShardDataset } from './ports.js';
import { affectedShards, type CertifiedVersion, type ModelChange } from './model-change.js';

/** What is proven of a request's records, and the file that proves it. */
export interface ProvenDeletion {
  /** By shard; null where the maps were lost. */
  readonly deltas: ReadonlyMap<number, CertifiedModel['affectedShards'][number]['delta']>;
  readonly tombstones: UnlearningCertificate['tombstones'];
  /** Whether a map was lost that a proof would have needed. */
  readonly isIncomplete: boolean;
  /** UnlearningProofs, canonical JSON. */
  readonly file: Uint8Array;
}

/**
 * Proves what became of the labels of a request: in each affected shard, how its dataset changed; in the others, where some label left
 * none of the affected, that it is absent; in the tombstone map, that it came in. Repeating it makes the same bytes.
 *
 * @param labels in byte order
 */
export async function proveDeletion(
  requestId: string,
  labels: readonly Uint8Array[],
  change: ModelChange | undefined,
  proofs: DatasetProofs,
): Promise<ProvenDeletion> {
  const { deltas, gone, shards } = change ? proveDeltas(labels, change, proofs) : NO_MODEL;
  const rest = labels.filter((label) => !gone.has(toHex(label)));
  const absences = change && rest.length > 0 ? proveAbsences(rest, change, proofs) : [];
  const { before, after, proof: tombstones } = await proofs.tombstones(requestId, labels);
  const wanted = change
    ? deltas.size + (rest.length > 0 ? change.after.manifest.shards.length - deltas.size : 0)
    : 0;
  const all = [...shards, ...absences].sort((a, b) => a.shard - b.shard);
  return {
    deltas,
    tombstones: { before, after },
    isIncomplete: all.length < wanted,
    file: unlearningProofsFile({ labels, shards: all, tombstones }),
  };
}

interface ProvenDeltas {
  readonly deltas: ProvenDeletion['deltas'];
  /** Labels that left a dataset, hex. */
  readonly gone: ReadonlySet<string>;
  readonly shards: readonly ShardProof[];
}

const NO_MODEL: ProvenDeltas = { deltas: new Map(), gone: new Set(), shards: [] };

function proveDeltas(
  labels: readonly Uint8Array[],
  change: ModelChange,
  proofs: DatasetProofs,
): ProvenDeltas {
  const deltas = new Map<number, CertifiedModel['affectedShards'][number]['delta']>();
  const gone = new Set<string>();
  const shards: ShardProof[] = [];
  for (const { before, after } of affectedShards(change)) {
    const { shard } = after;
    const delta = proofs.delta(datasetOf(change.before, before), datasetOf(change.after, after), labels);
    deltas.set(shard, delta === undefined ? null : { deleted: delta.deleted, added: delta.added });
    if (delta === undefined) continue;
    for (const label of delta.gone) gone.add(toHex(label));
    shards.push({ shard, delta: delta.proof });
  }
  return { deltas, gone, shards };
}

function proveAbsences(
  labels: readonly Uint8Array[],
  change: ModelChange,
  proofs: DatasetProofs,
): ShardProof[] {
  const affected = new Set(affectedShards(change).map(({ after }) => after.shard));
  return change.after.manifest.shards.flatMap((manifest) => {
    if (affected.has(manifest.shard)) return [];
    const absence = proofs.absence(datasetOf(change.after, manifest), labels);
    return absence === undefined ? [] : [{ shard: manifest.shard, absence }];
  });
}

export /** Names the dataset of a shard in a version. */
function datasetOf(
  { published, manifest }: CertifiedVersion,
  { shard, datasetRoot }: ShardManifest,
): ShardDataset {
  return { line: manifest.line, version: published.version, shard, datasetRoot };
}
