import type { ModelManifest, ShardManifest } from '#libs/contracts';
import {
  servingVersion,
  type CompleteRebuild,
  type ModelLineState,
  type PublishedVersion,
} from '#libs/erasure';
import { AGGREGATOR_FILE, manifestBytes, shardFileName } from '#libs/learning';
import type { Announcement } from './announcement.js';
import type { ModelLines } from './model-lines.js';
import type { CatalogueVersion, ModelFiles, ModelNotary } from './ports.js';
import type { Retirement } from './retirement.js';

/**
 * Publishes a rebuilt version and revokes the one before. The new version is in the ledger and in the log before the old
 * one is revoked, so that something serves at every moment; the files that only old versions name are then destroyed.
 */
export class Publisher {
  constructor(
    private readonly lines: ModelLines,
    private readonly files: Pick<ModelFiles, 'put' | 'materialise'>,
    private readonly notary: Pick<ModelNotary, 'modelSignature'>,
    private readonly announcement: Announcement,
    private readonly retirement: Retirement,
  ) {}

  async publish(
    line: ModelLineState,
    rebuilt: CompleteRebuild,
    catalogue: CatalogueVersion,
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
    await this.announcement.prepare(rebuilt, manifestDigest);
    await this.announcement.announce(rebuilt, manifest, manifestDigest);
    await this.retirement.finish(line.genesis.line);
    const published = servingVersion(await this.lines.get(line.genesis.line));
    if (published === undefined) throw new TypeError('a version that was just published is not there');
    return published;
  }
}

function assembleManifest(
  { genesis, genesisDigest }: ModelLineState,
  { plan, shards, aggregator }: CompleteRebuild,
  parent: ModelManifest | undefined,
  parentDigest: string | null,
  catalogue: CatalogueVersion,
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
    catalogue: {
      root: catalogue.root,
      count: catalogue.items.length + catalogue.features.length,
      position: plan.cataloguePosition,
    },
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
