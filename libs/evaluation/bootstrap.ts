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
    this.counts = Array.from({ length: resamples }, (_, resample) => resampled(people, resample, draw));
  }

  /** @param values one a person */
  estimate(values: ArrayLike<number>): Estimate {
    return { mean: meanOf(values), ...this.interval(values) };
  }

  /** Of a − b, person by person. */
  difference(a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
    return this.estimate(Float64Array.from(a, (value, person) => value - b[person]));
  }

  private interval(values: ArrayLike<number>): Interval {
    const means = Float64Array.from(this.counts, (counts) => {
      let sum = 0;
      for (let person = 0; person < counts.length; person++) sum += counts[person] * values[person];
      return sum / Math.max(1, this.people);
    });
    return intervalOf(means);
  }
}

/** Ends of a 95 % interval. */
export type Interval = Omit<Estimate, 'mean'>;

/** Something that is computed over people, each of whom counts so many times. */
export type Statistic = (counts: Uint16Array) => number;

/**
 * 95 % bootstrap intervals of several statistics over the same resamples as Bootstrap's, which are drawn one after the other: for many
 * people the memory of a thousand at once would not be there.
 */
export function intervalsOf(
  people: number,
  draw: Draw,
  statistics: readonly Statistic[],
  resamples = RESAMPLES,
): Interval[] {
  const values = statistics.map(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    const counts = resampled(people, resample, draw);
    statistics.forEach((statistic, at) => (values[at][resample] = statistic(counts)));
  }
  return values.map(intervalOf);
}

function resampled(people: number, resample: number, draw: Draw): Uint16Array {
  const draws = draw('evaluation/bootstrap', String(resample));
  const counts = new Uint16Array(people);
  for (let place = 0; place < people; place++) counts[Math.floor(people * draws.uniform(place))]++;
  return counts;
}

/** Sorts what it is given. */
function intervalOf(values: Float64Array): Interval {
  values.sort();
  return { low: quantile(values, TAIL), high: quantile(values, 1 - TAIL) };
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
