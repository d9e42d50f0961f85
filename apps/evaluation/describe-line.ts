import {
  activityGap,
  Bootstrap,
  meanOf,
  metricsAt,
  quantile,
  varianceOf,
  type CostReport,
  type Estimate,
  type Estimates,
  type Groups,
  type LineReport,
  type Metric,
  type Utility,
} from '#libs/evaluation';
import { drawsOf } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import type { Candidate } from './candidates.js';
import type { LineOutcome } from './evaluate-line.js';

const USUAL_CUTOFF = 20;

/** The seed of everything that only measures: which records are tested and how people are resampled. */
export const measuringDraws = drawsOf('00'.repeat(32), nodeSha256);

/** How lines are described: the same resamples for all of them. */
export class Describer {
  private readonly metrics: readonly Metric[];
  /** What fairness and the best shard go by. */
  private readonly main: Metric;
  private readonly everybody: Bootstrap;
  private readonly warm: Bootstrap;
  private readonly cold: Bootstrap;

  /** @param trainRecords of each person who is tested */
  constructor(
    cutoffs: readonly number[],
    private readonly groups: Groups,
    private readonly trainRecords: readonly number[],
  ) {
    this.metrics = metricsAt(cutoffs);
    this.main = `ndcg@${cutoffs.includes(USUAL_CUTOFF) ? USUAL_CUTOFF : cutoffs[0]}`;
    this.everybody = new Bootstrap(trainRecords.length, measuringDraws);
    this.warm = new Bootstrap(groups.warm.length, measuringDraws);
    this.cold = new Bootstrap(groups.cold.length, measuringDraws);
  }

  describe({ config, ...candidate }: Candidate, outcome: LineOutcome): Omit<LineReport, 'completeness'> {
    const { utility, version } = outcome;
    const within = (bootstrap: Bootstrap, people: readonly number[]): Estimates =>
      this.estimates((metric) => bootstrap.estimate(people.map((person) => utility.get(metric)![person])));
    return {
      ...candidate,
      config,
      shards: config.partition.shards,
      overall: this.estimates((metric) => this.everybody.estimate(utility.get(metric)!)),
      warm: within(this.warm, this.groups.warm),
      cold: within(this.cold, this.groups.cold),
      bestShard: this.bestShard(outcome),
      fairness: {
        metric: this.main,
        activityGap: activityGap(utility.get(this.main)!, this.trainRecords),
        shardVariance: this.shardVariance(outcome),
      },
      cost: costOf(version.time),
    };
  }

  /** Of a − b over all people. */
  difference(a: Utility, b: Utility): Estimates {
    return this.estimates((metric) => this.everybody.difference(a.get(metric)!, b.get(metric)!));
  }

  private bestShard({ utility, alone }: LineOutcome): LineReport['bestShard'] {
    if (alone.length === 0) return undefined;
    const means = alone.map((one) => meanOf(one.get(this.main)!));
    const shard = means.indexOf(Math.max(...means));
    return {
      shard,
      overall: this.estimates((metric) => this.everybody.estimate(alone[shard].get(metric)!)),
      difference: this.difference(utility, alone[shard]),
    };
  }

  /**
   * shardGF: where a person's records lie in one shard, of the people by their shard; where they are spread, of the shards asked alone.
   */
  private shardVariance({ line, queries, utility, alone }: LineOutcome): number | undefined {
    if (alone.length === 0) return undefined;
    if (line.genesis.config.partition.kind !== 'by-subject')
      return varianceOf(alone.map((one) => meanOf(one.get(this.main)!)));
    const { shards, recordsPerShard } = queries;
    const values = utility.get(this.main)!;
    const byHome = alone.map((_, shard) =>
      values.filter((_value, person) => recordsPerShard[person * shards + shard] > 0),
    );
    return varianceOf(byHome.filter((some) => some.length > 0).map(meanOf));
  }

  private estimates(of: (metric: Metric) => Estimate): Estimates {
    return Object.fromEntries(this.metrics.map((metric) => [metric, of(metric)]));
  }
}

function costOf({ shards, aggregator }: LineOutcome['version']['time']): CostReport {
  const full = shards.reduce((sum, seconds) => sum + seconds, aggregator);
  const rebuild =
    quantile(
      shards.toSorted((a, b) => a - b),
      0.5,
    ) + aggregator;
  return { full, rebuild, aggregator, share: rebuild / full };
}
