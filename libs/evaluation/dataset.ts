import type { InteractionRecord } from '#libs/contracts';

/** Records of each person, in the order of the file, people in the order in which they first appear. */
export type People = ReadonlyMap<string, readonly InteractionRecord[]>;

/** What a data folder holds. */
export interface Dataset {
  readonly name: string;
  /** Ids of the catalogue's items, each once. */
  readonly items: readonly string[];
  /** Of each item, in the order of `items`. */
  readonly categories: readonly (readonly string[])[];
  /** All records, whichever part they are in. */
  readonly people: People;
  /** What people have stated of themselves, and the features that there are; absent where that was not read. */
  readonly profiles?: { readonly features: readonly string[]; readonly people: People };
  /** Whether a person's records stand in the order in which they happened. */
  readonly isInOrder: boolean;
  /** The parts that the data comes in, where it does. */
  readonly given?: { readonly train: People; readonly test: People };
}

export function countRecords(people: People): number {
  let count = 0;
  for (const records of people.values()) count += records.length;
  return count;
}
