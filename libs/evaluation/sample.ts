import type { InteractionRecord } from '#libs/contracts';
import type { NamedDraws } from '#libs/learning';
import { below, counting } from './counting.js';

/** People and a catalogue to take small samples of. */
export interface SampledData {
  readonly items: readonly string[];
  /** Of each item, in the order of `items`. */
  readonly categories: readonly (readonly string[])[];
  readonly people: ReadonlyMap<string, readonly InteractionRecord[]>;
}

export interface SampleSize {
  readonly people: number;
  /** Most records of a person. */
  readonly records: number;
}

/**
 * A few people of a dataset with a few of their records, and the catalogue of these. The catalogue stays as it is whatever is
 * deleted afterwards.
 */
export function sampleOf(data: SampledData, { people, records }: SampleSize, draws: NamedDraws): SampledData {
  const next = counting(draws);
  const subjects = [...data.people.keys()];
  const chosen = new Map<string, InteractionRecord[]>();
  while (chosen.size < Math.min(people, subjects.length)) {
    const subject = subjects[below(subjects.length, next())];
    const all = data.people.get(subject)!;
    const from = below(Math.max(1, all.length - records + 1), next());
    chosen.set(subject, all.slice(from, from + records));
  }
  const met = new Set([...chosen.values()].flat().map(({ item }) => item));
  const kept = data.items.flatMap((item, at) => (met.has(item) ? [at] : []));
  return {
    items: kept.map((at) => data.items[at]),
    categories: kept.map((at) => data.categories[at]),
    people: chosen,
  };
}
