import { hitRateAt, ndcgAt, recallAt } from './metrics.js';

const MEASURES = { recall: recallAt, ndcg: ndcgAt, hr: hitRateAt } as const;

/** Such as `ndcg@10`. */
export type Metric = `${keyof typeof MEASURES}@${number}`;

/** Of each metric, one value a person who is tested, all in the same order. */
export type Utility = ReadonlyMap<Metric, Float64Array>;

export function metricsAt(cutoffs: readonly number[]): Metric[] {
  const measures = Object.keys(MEASURES) as (keyof typeof MEASURES)[];
  return cutoffs.flatMap((k) => measures.map((measure): Metric => `${measure}@${k}`));
}

/**
 * @param rankings of each person, best item first
 * @param relevant of each person, the items to be found
 */
export function utilityOf<Id>(
  rankings: readonly ArrayLike<Id>[],
  relevant: readonly ReadonlySet<Id>[],
  cutoffs: readonly number[],
): Utility {
  return new Map(
    metricsAt(cutoffs).map((metric) => {
      const [name, k] = metric.split('@');
      const measure = MEASURES[name as keyof typeof MEASURES];
      const values = Float64Array.from(rankings, (ranking, person) =>
        measure(Number(k), ranking, relevant[person]),
      );
      return [metric, values];
    }),
  );
}
