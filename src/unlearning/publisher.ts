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
    await this.files.materialise(manifest);
    await this.announce(manifest, manifestDigest, rebuilt);
    await this.finishRevocations(line.genesis.line);
    const published = servingVersion(await this.lines.get(line.genesis.line));
    if (published === undefined) throw new TypeError('a version that was just published is not there');
    return published;
  }

  /** Revokes every version but the newest and destroys their files; to be called again where a crash left it half done. */
  async finishRevocations(line: string): Promise<void> {
    const { versions } = await this.lines.get(line);
    const newest = versions.at(-1);
    if (newest === undefined) return;
    for (const older of versions)
      if (older !== newest && older.revokedAt === undefined) await this.revoke(line, older, newest);
    const current = await this.lines.manifestOf(newest);
    for (const older of versions) if (older !== newest) await this.destroyFiles(older, current);
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

  private async revoke(
    line: string,
    { version, manifestDigest }: PublishedVersion,
    newest: PublishedVersion,
  ): Promise<void> {
    const reason = newest.reason === 'unlearning' ? 'unlearning' : 'superseded';
    const revokedAt = newest.publishedAt;
    const ledgerIndex = await this.notary.revocation({ line, version, manifestDigest, reason }, revokedAt);
    await this.append(line, 'ModelRevoked', version, {
      line,
      version,
      manifestDigest,
      reason,
      ledgerIndex,
      revokedAt,
    });
  }

  /** Removes every model file of an old version that the current one does not use: it may have seen what was deleted. */
  private async destroyFiles(older: PublishedVersion, current: ModelManifest): Promise<void> {
    const manifest = await this.lines.manifestOf(older);
    const inUse = new Set(modelFileDigests(current));
    await this.files.withdraw(manifest);
    await this.files.remove(modelFileDigests(manifest).filter((digest) => !inUse.has(digest)));
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

function modelFileDigests({ shards, aggregator }: ModelManifest): string[] {
  return [...shards.map(({ digest }) => digest), aggregator.digest];
}

function assembleManifest(
  { genesis, genesisDigest }: ModelLineState,
  { plan, shards, aggregatorDigest }: Rebuilt,
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
      const { datasetRoot, count, digest, position } = (rebuilt ?? kept)!;
      return { shard, datasetRoot, count, position, file: shardFileName(shard), digest };
    }),
    aggregator: { kind: config.aggregator.kind, file: AGGREGATOR_FILE, digest: aggregatorDigest },
  };
}
