import type { InteractionEntry } from '#stages/ingest';
import { ITEMS, PURPOSE } from './small-installation.js';

/** Enough people to be measured, with few records each. */
export const TOWN = Array.from({ length: 1_040 }, (_, person) => `towner-${person}`);

/** Everybody has met six of the items in a row, day after day, so that the next one can be guessed. */
export function interactionsOfTown(): InteractionEntry[] {
  return TOWN.flatMap((subject, person) =>
    Array.from({ length: 6 }, (_, day) => ({
      subject,
      item: ITEMS[(person * 7 + day * (1 + (person % 3))) % ITEMS.length].item,
      type: 'rating',
      time: Date.UTC(2025, 0, 1 + day) / 1000,
      value: 1 + ((person + day) % 5),
      purpose: PURPOSE,
    })),
  );
}
