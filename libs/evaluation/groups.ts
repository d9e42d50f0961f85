import { meanOf } from './bootstrap.js';

const COLD_SHARE = 0.1;
const ACTIVE_SHARE = 0.05;

/** Who is cold and who is warm, as places in the list of the people who are tested. */
export interface Groups {
  /** Most training records of a cold person. */
  readonly coldAtMost: number;
  readonly cold: readonly number[];
  readonly warm: readonly number[];
}

/**
 * Cold are the people with the fewest training records: the tenth of those who are tested, and whoever has as few as the last of them;
 * where that would be everybody, only those who have fewer. A share, because what is few differs between datasets: MovieLens has nobody below 20.
 *
 * @param records training records of each person
 */
export function groupsOf(records: readonly number[]): Groups {
  const sorted = Float64Array.from(records).sort();
  const tenth = sorted[Math.max(0, Math.ceil(sorted.length * COLD_SHARE) - 1)];
  const coldAtMost = tenth < sorted[sorted.length - 1] ? tenth : tenth - 1;
  const places = records.map((_, person) => person);
  return {
    coldAtMost,
    cold: places.filter((person) => records[person] <= coldAtMost),
    warm: places.filter((person) => records[person] > coldAtMost),
  };
}

/** People by how much they have done, as places in the list of those who are tested. */
export interface ActivityGroups {
  /** The 5 % most active. */
  readonly most: readonly number[];
  readonly rest: readonly number[];
}

/**
 * Of equally active people, those who come first in the data count as more active.
 *
 * @param records training records of each person
 */
export function groupsByActivity(records: readonly number[]): ActivityGroups {
  const ranked = records.map((count, person) => ({ count, person })).sort((a, b) => b.count - a.count);
  const places = ranked.map(({ person }) => person);
  const most = Math.ceil(places.length * ACTIVE_SHARE);
  return { most: places.slice(0, most), rest: places.slice(most) };
}

/** A-IGF of CURE4Rec (Chen et al., NeurIPS 2024): mean of the 5 % most active people minus the mean of the rest; 0 is fair. */
export function activityGap(values: ArrayLike<number>, records: readonly number[]): number {
  const { most, rest } = groupsByActivity(records);
  const of = (some: readonly number[]): number => meanOf(some.map((person) => values[person]));
  return of(most) - of(rest);
}

/** Population variance: what shardGF is of the shards' utilities (CURE4Rec). */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
}
