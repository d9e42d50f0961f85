import {
  tombstoneOf,
  unlearningProofsFile,
  type CertifiedModel,
  type ShardProof,
  type UnlearningCertificate,
  type UnlearningProofs,
} from '#libs/certificate';
import { concatBytes, sha256, toHex, utf8 } from '#libs/essentials';
import {
  MemoryPages,
  PagedSparseMap,
  type HashedEntry,
  type MapChanges,
  type MapSummary,
} from '#libs/merkle';

/** What a shard's datasets and the tombstones were, and what became of them. */
export interface DeletionChoices {
  /** Labels of the request. */
  readonly labels?: readonly Uint8Array[];
  readonly before?: readonly HashedEntry[];
  /** What really happened to the shard. */
  readonly changes?: MapChanges;
  /** What the certificate says went and came, where `changes` does not say so: a lie that adds up, or a replaced entry, which is both. */
  readonly stated?: { readonly deleted: number; readonly added: number };
  /** Labels that were tombstones already. */
  readonly tombstones?: readonly Uint8Array[];
  /** What really happened to the tombstones. */
  readonly burial?: MapChanges;
  readonly otherShards?: readonly ShardProof[];
}

/** A deletion with everything that a certificate says of it, and its file of proofs. */
export interface ProvenDeletion {
  readonly labels: readonly Uint8Array[];
  readonly shard: {
    readonly before: { readonly datasetRoot: string; readonly count: number };
    readonly after: { readonly datasetRoot: string; readonly count: number };
    readonly delta: CertifiedModel['affectedShards'][number]['delta'];
  };
  readonly tombstones: UnlearningCertificate['tombstones'];
  readonly proofs: { readonly delta: Uint8Array; readonly tombstones: Uint8Array };
  readonly file: Uint8Array;
}

/** A label of the example: 32 times the byte. */
export function deletedLabel(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

/** Seven records, those of the example request among them. */
export function exampleDataset(): HashedEntry[] {
  const others = Array.from({ length: 5 }, (_, n) => sha256(utf8(`label ${n}`)));
  return [deletedLabel(3), deletedLabel(4), ...others].map((key) => ({ key, valueHash: sha256(key) }));
}

/** The deletion of the certificate that exampleStatement makes: two of seven records of shard 1. */
export function exampleDeletion(): ProvenDeletion {
  return provenDeletion({});
}

/** Makes the maps and proves what was chosen; the labels need not be what was deleted. */
export function provenDeletion(choices: DeletionChoices): ProvenDeletion {
  const { labels = [deletedLabel(3), deletedLabel(4)], before = exampleDataset() } = choices;
  const { changes = { remove: labels }, tombstones = [deletedLabel(9)] } = choices;
  const { burial = { put: labels.map(tombstoneOf) } } = choices;
  const touched = new Set(
    [...(changes.remove ?? []), ...(changes.put ?? []).map(({ key }) => key)].map(toHex),
  );
  const dataset = changed(before, { ...changes, ask: labels.filter((label) => !touched.has(toHex(label))) });
  const buried = changed(tombstones.map(tombstoneOf), burial);
  const proofs = { delta: dataset.proof, tombstones: buried.proof };
  const delta = choices.stated ?? { deleted: changes.remove?.length ?? 0, added: changes.put?.length ?? 0 };
  const shards = [{ shard: 1, delta: proofs.delta }, ...(choices.otherShards ?? [])];
  const file = unlearningProofsFile({ labels, shards, tombstones: proofs.tombstones });
  return {
    labels,
    shard: {
      before: datasetOf(dataset.before),
      after: { ...datasetOf(dataset.after), count: dataset.before.count - delta.deleted + delta.added },
      delta,
    },
    tombstones: { before: summaryOf(buried.before), after: summaryOf(buried.after) },
    proofs,
    file,
  };
}

/** The same deletion with a file that says something else. */
export function withProofs(proven: ProvenDeletion, changes: Partial<UnlearningProofs>): ProvenDeletion {
  const { labels, proofs } = proven;
  const honest = { labels, shards: [{ shard: 1, delta: proofs.delta }], tombstones: proofs.tombstones };
  return { ...proven, file: unlearningProofsFile({ ...honest, ...changes }) };
}

/** A certificate whose unaffected shards have other datasets: the root for each of them that is named. */
export function withDatasetRoots(
  certificate: UnlearningCertificate,
  roots: Readonly<Record<number, Uint8Array>>,
): UnlearningCertificate {
  const model = certificate.model!;
  const unaffectedShards = model.unaffectedShards.map((shard) => {
    const root = roots[shard.shard];
    return root === undefined ? shard : { ...shard, datasetRoot: toHex(root) };
  });
  return { ...certificate, model: { ...model, unaffectedShards } };
}

function changed(
  entries: readonly HashedEntry[],
  changes: MapChanges,
): { before: MapSummary; after: MapSummary; proof: Uint8Array } {
  const pages = new MemoryPages();
  const map = new PagedSparseMap(pages);
  const before = map.build(
    concatBytes(...entries.map(({ key }) => key)),
    concatBytes(...entries.map(({ valueHash }) => valueHash)),
  );
  const { proof, ...after } = new PagedSparseMap(new MemoryPages(pages)).change(changes);
  return { before, after, proof };
}

function datasetOf({ root, count }: MapSummary): { datasetRoot: string; count: number } {
  return { datasetRoot: toHex(root), count };
}

function summaryOf({ root, count }: MapSummary): { root: string; count: number } {
  return { root: toHex(root), count };
}
