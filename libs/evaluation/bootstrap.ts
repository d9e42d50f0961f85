import type { Draw } from '#libs/learning';

export const RESAMPLES = 1000;
const TAIL = 0.025; // on each side of a 95 % interval

/** A mean with its 95 % bootstrap interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Means of several measurements over resamples of the same people, drawn with replacement: the bootstrap of Efron (1979). Resample r
 * takes for its n places the people ⌊n·u⌋ for the draws u of the name ("evaluation/bootstrap", r), so that two measurements are
 * resampled together and their difference is paired.
 */
export class Bootstrap {
  /** Of each resample, how often each person is in it. */
  private readonly counts: readonly Uint16Array[];

  constructor(
    private readonly people: number,
    draw: Draw,
    resamples = RESAMPLES,
  ) {
    this.counts = Array.from({ length: resamples }, (_, resample) => {
      const draws = draw('evaluation/bootstrap', String(resample));
      const counts = new Uint16Array(people);
      for (let place = 0; place < people; place++) counts[Math.floor(people * draws.uniform(place))]++;
      return counts;
    });
  }

  /** @param values one a person */
  estimate(values: ArrayLike<number>): Estimate {
    return { mean: meanOf(values), ...this.interval(values) };
  }

  /** Of a − b, person by person. */
  difference(a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
    return this.estimate(Float64Array.from(a, (value, person) => value - b[person]));
  }

  private interval(values: ArrayLike<number>): { low: number; high: number } {
    const means = Float64Array.from(this.counts, (counts) => {
      let sum = 0;
      for (let person = 0; person < counts.length; person++) sum += counts[person] * values[person];
      return sum / Math.max(1, this.people);
    }).sort();
    return { low: quantile(means, TAIL), high: quantile(means, 1 - TAIL) };
  }
}

/** 0 of nothing. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return values.length === 0 ? 0 : sum / values.length;
}

/** Linear between the two neighbours: type 7 of Hyndman & Fan (1996), NumPy's default. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
