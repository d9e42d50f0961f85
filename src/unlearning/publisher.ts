import type { DataOf, ModelEvent, ModelManifest, ShardManifest } from '#libs/contracts';
import { servingVersion, type ModelLineState, type PublishedVersion, type RebuildState } from '#libs/erasure';
import { AGGREGATOR_FILE, manifestBytes, shardFileName } from '#libs/learning';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';
import type { ModelLines } from './model-lines.js';
import type { ModelFiles, ModelNotary } from './ports.js';

type Rebuilt = Extract<RebuildState, { status: 'rebuilt' }>;

/**
 * Publishes a rebuilt version and revokes the one before. The new version is in the ledger and in the log before the old
 * one is revoked, so that something serves at every moment; the files that only old versions name are then destroyed.
 */
export class Publisher {
  constructor(
    private readonly store: EventStore,
    private readonly lines: ModelLines,
    private readonly files: ModelFiles,
    private readonly notary: ModelNotary,
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
    await this.finishRevocations(line.genesis.line);
    const published = servingVersion(await this.lines.get(line.genesis.line));
    if (published === undefined) throw new TypeError('a version that was just published is not there');
    return published;
  }

  /**
   * Retires every version but the line's newest, those of other lines included: what serves is one version, and unlearning must not leave
   * the influence of a record behind in a model that nobody rebuilds. To be called again where a crash left it half done.
   */
  async finishRevocations(line: string): Promise<void> {
    const newest = (await this.lines.get(line)).versions.at(-1);
    if (newest === undefined) return;
    const inUse = new Set(modelFileDigests(await this.lines.manifestOf(newest)));
    for (const name of await this.lines.names())
      for (const version of (await this.lines.get(name)).versions)
        if (version.revokedAt === undefined && version.manifestDigest !== newest.manifestDigest)
          await this.retire(name, version, newest, inUse);
  }

  // The time comes from the rebuild's own event: a repetition after a crash then signs the same statement, and the ledger keeps one.
  private async announce(
    manifest: ModelManifest,
    manifestDigest: string,
    { plan, rebuiltAt: publishedAt }: Rebuilt,
  ): Promise<void> {
    const { line, version } = manifest;
    const ledgerIndex = await this.notary.publication(manifest, manifestDigest, publishedAt);
    await this.append(line, 'ModelPublished', version, {
      line,
      version,
      manifestDigest,
      rebuildId: plan.rebuildId,
      reason: plan.reason,
      ledgerIndex,
      publishedAt,
    });
  }

  /** Revokes in the ledger, removes the files that nothing else uses, and records it last: an unrecorded retirement is repeated. */
  private async retire(
    line: string,
    { version, manifestDigest }: PublishedVersion,
    newest: PublishedVersion,
    inUse: ReadonlySet<string>,
  ): Promise<void> {
    const reason = newest.reason === 'unlearning' ? 'unlearning' : 'superseded';
    const revokedAt = newest.publishedAt;
    const ledgerIndex = await this.notary.revocation({ line, version, manifestDigest, reason }, revokedAt);
    const manifest = await this.lines.manifestOf({ manifestDigest });
    await this.files.withdraw(manifest);
    await this.files.remove(modelFileDigests(manifest).filter((digest) => !inUse.has(digest)));
    await this.append(line, 'ModelRevoked', version, {
      line,
      version,
      manifestDigest,
      reason,
      ledgerIndex,
      revokedAt,
    });
  }

  private async append<Type extends 'ModelPublished' | 'ModelRevoked'>(
    line: string,
    type: Type,
    version: number,
    data: DataOf<Type>,
  ): Promise<void> {
    const id = namedEventId(type, line, String(version));
    await this.store.append(streamNames.model(line), [{ id, type: type satisfies ModelEvent['type'], data }]);
  }
}

/** Of everything that a version keeps in the registry, its shards' checkpoints included. */
function modelFileDigests({ shards, aggregator }: ModelManifest): string[] {
  const ofShards = shards.flatMap(({ digest, checkpoints = [] }) => [
    digest,
    ...checkpoints.map((checkpoint) => checkpoint.digest),
  ]);
  return [...ofShards, aggregator.digest];
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
      const { datasetRoot, count, digest, position, checkpoints } = (rebuilt ?? kept)!;
      const made = { shard, datasetRoot, count, position, file: shardFileName(shard), digest };
      return checkpoints === undefined ? made : { ...made, checkpoints };
    }),
    aggregator: { kind: config.aggregator.kind, file: AGGREGATOR_FILE, ...aggregator },
  };
}
