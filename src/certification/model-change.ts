import type { ModelManifest, ShardManifest } from '#libs/contracts';
import type { PublishedVersion } from '#libs/erasure';

export interface CertifiedVersion {
  readonly published: PublishedVersion;
  readonly manifest: ModelManifest;
}

/** The model before and after a request; both are one when no shard held the data. */
export interface ModelChange {
  readonly before: CertifiedVersion;
  readonly after: CertifiedVersion;
  /** Versions that the one after replaces: from the one before on. */
  readonly replaced: readonly PublishedVersion[];
}

/** Shards whose records or model differ, as they were before and are after, in their order. */
export function affectedShards({
  before,
  after,
}: Pick<ModelChange, 'before' | 'after'>): { before: ShardManifest; after: ShardManifest }[] {
  return after.manifest.shards
    .map((shard) => ({ before: shardBefore(before.manifest, shard), after: shard }))
    .filter((pair) => !isSame(pair.before, pair.after));
}

function shardBefore(manifest: ModelManifest, { shard }: ShardManifest): ShardManifest {
  const found = manifest.shards.find((known) => known.shard === shard);
  if (found === undefined) throw new TypeError(`the earlier version has no shard ${shard}`);
  return found;
}

function isSame(a: ShardManifest, b: ShardManifest): boolean {
  return a.datasetRoot === b.datasetRoot && a.digest === b.digest && a.count === b.count;
}
