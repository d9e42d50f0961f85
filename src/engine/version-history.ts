import type { VersionView } from '#libs/portal-contract';
import type { PublishedVersion } from '#libs/erasure';
import type { WatchedLines } from './ports.js';
import type { MadeShard, RebuildChronicle, ToldRebuild } from './rebuild-chronicle.js';
import { secondsBetween } from './seconds-between.js';

/** Records of each shard of a version. */
type Counts = ReadonlyMap<number, number>;

/** What each version of a line was made of, and what it has cost. */
export class VersionHistory {
  constructor(
    private readonly lines: Pick<WatchedLines, 'get'>,
    private readonly chronicle: RebuildChronicle,
  ) {}

  /** Oldest first. @throws UnlearningError LINE_UNKNOWN */
  async of(line: string): Promise<VersionView[]> {
    const { versions, genesis } = await this.lines.get(line);
    const told = new Map((await this.chronicle.all()).map((rebuild) => [rebuild.plan.rebuildId, rebuild]));
    const ofShards = genesis.config.partition.shards;
    let counts: Counts = new Map();
    return versions.map((published) => {
      const rebuild = told.get(published.rebuildId);
      counts = new Map([...counts, ...countsOf(rebuild)]); // shards that were left alone keep their records
      return viewOf(published, rebuild, counts, ofShards);
    });
  }
}

/**
 * Median of the seconds that the versions took which were made for this reason and rebuilt as many shards; undefined where there was none, so that nothing is
 * made up.
 */
export function usualSeconds(
  versions: readonly VersionView[],
  shards: number,
  why: VersionView['reason'] = 'unlearning',
): number | undefined {
  const seconds = versions
    .filter(({ reason, shardsRebuilt }) => reason === why && shardsRebuilt === shards)
    .flatMap((version) => version.seconds ?? [])
    .sort((a, b) => a - b);
  return seconds.at((seconds.length - 1) >> 1);
}

function countsOf(rebuild: ToldRebuild | undefined): [number, number][] {
  return [...(rebuild?.shards ?? [])].map(([shard, { count }]) => [shard, count]);
}

function viewOf(
  published: PublishedVersion,
  rebuild: ToldRebuild | undefined,
  counts: Counts,
  ofShards: number,
): VersionView {
  const { version, reason, publishedAt, revokedAt, manifestDigest, ledgerIndex } = published;
  const records = sum(counts.values());
  return {
    version,
    reason,
    publishedAt,
    ...(revokedAt !== undefined && { revokedAt }),
    manifestDigest,
    ledgerIndex,
    records,
    shardsRebuilt: rebuild?.shards.size ?? 0,
    ofShards,
    ...(rebuild?.publishedAt !== undefined && {
      seconds: secondsBetween(rebuild.plannedAt, rebuild.publishedAt),
    }),
    ...(rebuild !== undefined && records > 0 && { shareOfRetraining: retrainedOf(rebuild) / records }),
    requests: rebuild?.plan.requests ?? [],
  };
}

/** Records that were trained on again. Where a shard went on from what was left of an earlier version, only its part counts that did not. */
function retrainedOf({ shards }: ToldRebuild): number {
  return sum([...shards.values()].map((made) => made.count * shareOf(made)));
}

function shareOf({ work }: MadeShard): number {
  return work === undefined || work.all === 0 ? 1 : (work.all - work.saved) / work.all;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
