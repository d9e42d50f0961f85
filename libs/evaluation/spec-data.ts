import type { InteractionRecord } from '#libs/contracts';
import type { Dataset, People } from './dataset.js';

const record = (item: string, time: number): InteractionRecord => ({ item, type: 'rating', time, value: 4 });

/** People by their items, in order. */
export function peopleOf(lists: Readonly<Record<string, readonly string[]>>): People {
  return new Map(Object.entries(lists).map(([person, items]) => [person, items.map(record)]));
}

export function datasetOf(
  lists: Readonly<Record<string, readonly string[]>>,
  more: Partial<Dataset> = {},
): Dataset {
  const items = [...new Set(Object.values(lists).flat())];
  return {
    name: 'spec',
    items,
    categories: items.map(() => []),
    people: peopleOf(lists),
    isInOrder: true,
    ...more,
  };
}
