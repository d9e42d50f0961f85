import { fromBase64Url } from '#libs/essentials';
import { servingVersion, type ModelLineState } from '#libs/erasure';
import type { ShardView } from '#libs/portal-contract';
import type { QuarantinedRecords, WatchedLines } from './ports.js';
import type { RebuildChronicle } from './rebuild-chronicle.js';

/** The shards of the version that serves: what they hold, and when they were last made. */
export class ShardMap {
  constructor(
    private readonly lines: WatchedLines,
    private readonly chronicle: RebuildChronicle,
    private readonly quarantine: QuarantinedRecords,
  ) {}

  /** Empty before the first version. @throws UnlearningError LINE_UNKNOWN */
  async of(line: string): Promise<ShardView[]> {
    const state = await this.lines.get(line);
    const manifest = await this.lines.servingManifest(state);
    if (manifest === undefined) return [];
    const lastRebuilt = await this.lastRebuilt(state);
    const quarantined = await this.quarantinedIn(state);
    return manifest.shards.map(({ shard, count: records, digest, datasetRoot }) => ({
      shard,
      records,
      digest,
      datasetRoot,
      ...lastRebuilt.get(shard)!,
      quarantined: quarantined.get(shard) ?? 0,
    }));
  }

  /** The version in which each shard got the bytes that serve. */
  private async lastRebuilt(
    state: ModelLineState,
  ): Promise<Map<number, Pick<ShardView, 'lastRebuiltVersion' | 'lastRebuiltAt'>>> {
    const told = new Map((await this.chronicle.all()).map((rebuild) => [rebuild.plan.rebuildId, rebuild]));
    const last = new Map<number, Pick<ShardView, 'lastRebuiltVersion' | 'lastRebuiltAt'>>();
    const serving = servingVersion(state)?.version ?? 0;
    for (const { version, rebuildId, publishedAt } of state.versions) {
      if (version > serving) break;
      for (const shard of told.get(rebuildId)?.shards.keys() ?? [])
        last.set(shard, { lastRebuiltVersion: version, lastRebuiltAt: publishedAt });
    }
    return last;
  }

  private async quarantinedIn(state: ModelLineState): Promise<Map<number, number>> {
    const partition = this.lines.partition(state);
    const counts = new Map<number, number>();
    for (const { subject, label } of await this.quarantine.labels()) {
      const shard = partition.shardOf({ subject, label: fromBase64Url(label) });
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    return counts;
  }
}
