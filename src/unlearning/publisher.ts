import type { ModelManifest, ShardManifest } from '#libs/contracts';
import { servingVersion, type ModelLineState, type PublishedVersion, type RebuildState } from '#libs/erasure';
import { AGGREGATOR_FILE, manifestBytes, shardFileName } from '#libs/learning';
import type { ModelLines } from './model-lines.js';
import type { ModelFiles, ModelNotary, TombstoneMap } from './ports.js';
import type { Retirement } from './retirement.js';

type Rebuilt = Extract<RebuildState, { status: 'rebuilt' }>;

/**
 * Publishes a rebuilt version and revokes the one before. The new version is in the ledger and in the log before the old
 * one is revoked, so that something serves at every moment; the files that only old versions name are then destroyed.
 */
export class Publisher {
  constructor(
    private readonly lines: ModelLines,
    private readonly files: Pick<ModelFiles, 'put' | 'materialise'>,
    private readonly notary: Pick<ModelNotary, 'publication' | 'modelSignature'>,
    private readonly retirement: Retirement,
    private readonly tombstones: TombstoneMap,
  ) {}

  async publish(
    line: ModelLineState,
    rebuilt: Rebuilt,
    catalogue: { items: readonly string[]; root: string },
  ): Promise<PublishedVersion> {
    const parent = servingVersion(line);
    const parentManifest = parent && (await this.lines.manifestOf(parent));
    const manifest = assembleManifest(
      line,
      rebuilt,
      parentManifest,
      parent?.manifestDigest ?? null,
      catalogue,
    );
    const manifestDigest = await this.files.put(manifestBytes(manifest));
    await this.files.materialise(manifest, this.notary.modelSignature(manifest, manifestDigest));
    await this.announce(manifest, manifestDigest, rebuilt);
    await this.retirement.finish(line.genesis.line);
    const published = servingVersion(await this.lines.get(line.genesis.line));
    if (published === undefined) throw new TypeError('a version that was just published is not there');
    return published;
  }

  // The time comes from the rebuild's own event: a repetition after a crash then signs the same statement, and the ledger keeps one.
  private async announce(
    manifest: ModelManifest,
    manifestDigest: string,
    { plan, rebuiltAt: publishedAt }: Rebuilt,
  ): Promise<void> {
    const { line, version } = manifest;
    const tombstones = await this.tombstones.asOf(takenInUpTo(manifest));
    const ledgerIndex = await this.notary.publication({ manifest, manifestDigest, publishedAt, tombstones });
    const { rebuildId, reason } = plan;
    const data = { line, version, manifestDigest, rebuildId, reason, ledgerIndex, publishedAt };
    await this.lines.record({ type: 'ModelPublished', data });
  }
}

/** The log up to here is in the version. */
function takenInUpTo({ shards }: ModelManifest): bigint {
  return shards.reduce((latest, { position }) => (BigInt(position) > latest ? BigInt(position) : latest), 0n);
}

function assembleManifest(
  { genesis, genesisDigest }: ModelLineState,
  { plan, shards, aggregator }: Rebuilt,
  parent: ModelManifest | undefined,
  parentDigest: string | null,
  catalogue: { items: readonly string[]; root: string },
): ModelManifest {
  const { configDigest, codeDigest, kernelDigest, numericProfile, config, line } = genesis;
  return {
    schema: 'urn:lacuna:model-manifest:v1',
    line,
    version: plan.version,
    parent: parentDigest,
    genesisDigest,
    configDigest,
    codeDigest,
    kernelDigest,
    numericProfile,
    catalogue: { root: catalogue.root, count: catalogue.items.length, position: plan.cataloguePosition },
    partition: { kind: config.partition.kind, shards: config.partition.shards },
    shards: Array.from({ length: config.partition.shards }, (_, shard): ShardManifest => {
      const rebuilt = shards.get(shard);
      const kept = parent?.shards.find((known) => known.shard === shard);
      if (rebuilt === undefined && kept === undefined)
        throw new TypeError(`shard ${shard} is neither rebuilt nor kept`);
      const { datasetRoot, count, digest, position, rounds, checkpoints } = (rebuilt ?? kept)!;
      const made = { shard, datasetRoot, count, position, file: shardFileName(shard), digest };
      return { ...made, ...(rounds && { rounds }), ...(checkpoints && { checkpoints }) };
    }),
    aggregator: { kind: config.aggregator.kind, file: AGGREGATOR_FILE, ...aggregator },
  };
}
