import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataDependentPartition } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import { jobOf, SMALL_IALS, worldRecords, worlds, type World } from '#libs/testkit';
import { ascendingOrder } from './ascending-order.js';
import { balancedPartition, drawsOf } from './index.js';

const KINDS: readonly DataDependentPartition[] = ['ubp', 'ibp', 'inbp'];

/** Two tastes that never meet. */
const TASTES: World = {
  items: Array.from({ length: 10 }, (_, at) => `item-${at}`),
  people: Array.from({ length: 20 }, (_, at) => ({
    subject: `person-${at}`,
    items: [0, 1, 2].map((k) => `item-${(at % 2) * 5 + ((at + k) % 5)}`),
  })),
};

// A seed by which the first centroids are not all of one taste: k-means may stay where it begins.
const SEED = 'a1'.repeat(32);

const assign = (world: World, kind: DataDependentPartition, shards = 2): ReadonlyMap<string, number> => {
  const { items, subjects } = jobOf(world);
  const embedding = { ...SMALL_IALS, sweeps: 6 };
  return balancedPartition({ kind, shards, items, subjects, embedding, draw: drawsOf(SEED) });
};

const keysOf = ({ people }: World, kind: DataDependentPartition): string[] => {
  if (kind === 'ubp') return people.map(({ subject }) => subject);
  if (kind === 'ibp') return [...new Set(people.flatMap(({ items }) => items))];
  return people.flatMap(({ subject, items }) =>
    worldRecords(subject, items).map(({ label }) => toHex(label)),
  );
};

describe('a balanced partition', () => {
  it('puts people of one taste together', () => {
    const shards = assign(TASTES, 'ubp');
    const ofTaste = (taste: number) =>
      new Set(TASTES.people.filter((_, at) => at % 2 === taste).map(({ subject }) => shards.get(subject)));
    expect([ofTaste(0).size, ofTaste(1).size]).toEqual([1, 1]);
    expect(ofTaste(0)).not.toEqual(ofTaste(1));
  });

  it('puts items of one taste together, and records by their person and item', () => {
    const items = assign(TASTES, 'ibp');
    expect(new Set([0, 1, 2, 3, 4].map((at) => items.get(`item-${at}`))).size).toBe(1);
    expect(items.get('item-0')).not.toBe(items.get('item-9'));
    const records = assign(TASTES, 'inbp');
    const [first, second] = TASTES.people.map(({ subject, items: met }) =>
      worldRecords(subject, met).map(({ label }) => records.get(toHex(label))),
    );
    expect([new Set(first).size, new Set(second).size]).toEqual([1, 1]);
    expect(first).not.toEqual(second);
  });

  it('lists every key once, and gives no shard more than 1.2 times its share', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.constantFrom(...KINDS),
        fc.integer({ min: 1, max: 4 }),
        (world, kind, shards) => {
          const assignment = assign(world, kind, shards);
          expect([...assignment.keys()].toSorted()).toEqual(keysOf(world, kind).toSorted());
          for (let shard = 0; shard < shards; shard++) {
            const members = [...assignment.values()].filter((of) => of === shard).length;
            expect(members).toBeLessThanOrEqual(Math.ceil((1.2 * assignment.size) / shards));
          }
          expect([...assignment.values()].every((shard) => shard < shards)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same in whichever order people, records and items arrive', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...KINDS), ({ items, people }, kind) => {
        const mixed = {
          items: items.toReversed(),
          people: people.toReversed().map((person) => ({ ...person, items: person.items.toReversed() })),
        };
        expect([...assign(mixed, kind)]).toEqual([...assign({ items, people }, kind)]);
      }),
      { numRuns: 30 },
    );
  });

  it('looks at the data: who stays may move when somebody leaves', () => {
    const moved = fc.check(
      fc.property(worlds, (world) => {
        const [gone, ...rest] = world.people;
        const before = assign(world, 'ubp');
        const after = assign({ ...world, people: rest }, 'ubp');
        expect(after.has(gone.subject)).toBe(false);
        for (const [subject, shard] of after) expect(shard).toBe(before.get(subject));
      }),
      { numRuns: 100, seed: 20261123 },
    );
    expect(moved.failed).toBe(true);
  });

  it('is empty where nobody has a record', () => {
    for (const kind of KINDS) expect(assign({ ...TASTES, people: [] }, kind).size).toBe(0);
  });
});

describe('the ascending order', () => {
  it('is that of a stable sort', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.float({ min: 0, noNaN: true }), fc.constantFrom(0, 1, 2))),
        (numbers) => {
          const values = Float32Array.from(numbers, Math.abs); // −0 too
          const sorted = [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
          expect([...ascendingOrder(values)]).toEqual(sorted);
        },
      ),
    );
  });
});
