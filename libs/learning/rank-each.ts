import { NO_ITEM, rankScores, rankTop } from '#libs/kernels';
import { presentRows } from './present-rows.js';
import type { Factors, Person } from './sub-model.js';

const PEOPLE_A_TIME = 64; // rows of scores that are held at once

/** By the inner products of one shard's factors: the order that its scores give, without writing them down. */
export function rankByFactors(
  { dimensions, items, person, people }: Factors,
  persons: readonly Person[],
  k: number,
): Uint32Array {
  const factors = people?.(persons) ?? new Float32Array(persons.length * dimensions);
  const silent = new Set<number>();
  persons.forEach((one, row) => {
    if (one.present.length === 0) silent.add(row);
    else if (people === undefined) {
      const of = person(one);
      if (of) factors.set(of, row * dimensions);
      else silent.add(row);
    }
  });
  const ranked = rankTop({ dimensions, people: factors, items, masked: presentRows(persons), k });
  return withoutAnswers(ranked, silent, k);
}

/** By whatever score there is, some people at a time. */
export function rankByScores(
  scoresOf: (person: Person) => Float32Array | undefined,
  items: number,
  persons: readonly Person[],
  k: number,
): Uint32Array {
  const ranked = new Uint32Array(persons.length * k);
  for (let from = 0; from < persons.length; from += PEOPLE_A_TIME) {
    const some = persons.slice(from, from + PEOPLE_A_TIME);
    const scores = new Float32Array(some.length * items);
    const silent = new Set<number>();
    some.forEach((person, row) => {
      const of = person.present.length > 0 ? scoresOf(person) : undefined;
      if (of) scores.set(of, row * items);
      else silent.add(row);
    });
    const lists = rankScores({ scores, items, masked: presentRows(some), k });
    ranked.set(withoutAnswers(lists, silent, k), from * k);
  }
  return ranked;
}

function withoutAnswers(ranked: Uint32Array, silent: ReadonlySet<number>, k: number): Uint32Array {
  for (const row of silent) ranked.fill(NO_ITEM, row * k, (row + 1) * k);
  return ranked;
}
