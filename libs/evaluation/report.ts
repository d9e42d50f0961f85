import type { ModelConfig } from '#libs/contracts';
import type { Estimate } from './bootstrap.js';
import type { Metric } from './utility.js';

export type Estimates = Readonly<Partial<Record<Metric, Estimate>>>;

/** What `lacuna evaluate` has found; report.json. */
export interface EvaluationReport {
  readonly schema: 'urn:lacuna:evaluation-report:v1';
  readonly dataset: {
    readonly name: string;
    readonly people: number;
    readonly items: number;
    readonly records: number;
  };
  readonly split: {
    readonly kind: string;
    readonly trainRecords: number;
    /** People whose items are to be found, and how many items that are. */
    readonly people: number;
    readonly items: number;
    readonly leftOut: number;
  };
  readonly groups: { readonly coldAtMost: number; readonly cold: number; readonly warm: number };
  readonly cutoffs: readonly number[];
  /** Of the models; those of the split and of the bootstrap are fixed. */
  readonly seed: string;
  readonly resamples: number;
  readonly codeDigest: string;
  readonly threads: number;
  readonly notices: readonly string[];
  /** The first is the baseline of the printed comparison. */
  readonly lines: readonly LineReport[];
  /** Of every two lines, person by person, over all people: of the later one against the earlier; positive where `of` is better. */
  readonly differences: readonly DifferenceReport[];
}

export interface LineReport {
  readonly name: string;
  readonly strategy: string;
  readonly shards: number;
  readonly config: ModelConfig;
  readonly configDigest: string;
  readonly overall: Estimates;
  readonly warm: Estimates;
  readonly cold: Estimates;
  /** The shard that alone serves best, chosen by what it is measured by: an advantage for it. Absent for one shard. */
  readonly bestShard?: {
    readonly shard: number;
    readonly overall: Estimates;
    readonly difference: Estimates;
  };
  readonly fairness: {
    readonly metric: Metric;
    readonly activityGap: number;
    readonly shardVariance?: number;
  };
  readonly cost: CostReport;
  readonly completeness: readonly CompletenessReport[];
}

/** Seconds on one thread each. */
export interface CostReport {
  /** Every shard and the aggregator. */
  readonly full: number;
  /** A shard (the median) and the aggregator: what one person's erasure takes in a line by subject. */
  readonly rebuild: number;
  readonly aggregator: number;
  /** rebuild / full. */
  readonly share: number;
}

/** What a withdrawal leaves behind, measured against training without the records. */
export interface CompletenessReport {
  readonly scenario: string;
  /** Records deleted, shards that held them. */
  readonly records: number;
  readonly shards: number;
  /** Files that differ from the retrained ones; none is the promise. */
  readonly differences: readonly string[];
  /** How well the scores of a model tell deleted records from items never met: 0.5 is not at all. */
  readonly membershipAuc: { readonly before: number; readonly unlearned: number; readonly retrained: number };
  /** Of the unlearned model to the retrained one; `before`: of the model before the withdrawal, for scale. */
  readonly activationDistance: { readonly unlearned: number; readonly before: number };
  readonly divergence: { readonly unlearned: number; readonly before: number };
}

export interface DifferenceReport {
  readonly of: string;
  readonly against: string;
  readonly overall: Estimates;
}
