import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, unpackRecords, type ModelConfig } from '#libs/contracts';
import {
  differencesOf,
  divideRecords,
  smallConfigs,
  trainVersion,
  type LineVersion,
  type MemoryLine,
  type ShardedRecords,
} from '#libs/evaluation';
import { openPartition } from '#libs/sharding';
import { smallGenesis, withoutPerson, worldRecords, worlds, type World } from '#libs/testkit';
import { aggregatorReady, readTensors } from './index.js';

/*
 * Rules of DESIGN §4 that every kind of model has to keep, asked of every combination that this build trains: a kind that is entered in
 * sub-models.ts or aggregators.ts and in smallConfigs is asked, too. That the questions can find a breach, exactness.spec.ts shows with
 * doubles; that deleted records leave nothing behind, libs/evaluation/deleted-records.spec.ts.
 */
const KEY = new Uint8Array(32).fill(9);
const RUNS = 5;

interface Asked {
  readonly line: MemoryLine;
  readonly records: ShardedRecords;
}

function asked(config: ModelConfig, { items, people }: World): Asked {
  const partition = openPartition(config.partition, KEY);
  const named = people.map(({ subject, items: met }) => [subject, worldRecords(subject, met)] as const);
  const categories = items.map((_, at) => [`category-${at % 2}`, 'any']);
  return {
    line: { genesis: smallGenesis(config), partition, items, categories },
    records: divideRecords(named, partition),
  };
}
const train = ({ line, records }: Asked): LineVersion => trainVersion(line, records);

/** The same, come in backwards: items, their categories, people, and each person's records. */
function backwards({ line, records }: Asked): Asked {
  return {
    line: {
      ...line,
      items: line.items.toReversed(),
      categories: line.categories!.toReversed().map((names) => names.toReversed()),
    },
    records: records.map(
      (shard) =>
        new Map(
          [...shard]
            .toReversed()
            .map(([subject, packed]) => [subject, packRecords(unpackRecords(packed).toReversed())]),
        ),
    ),
  };
}

const worldAndPerson = worlds.chain((world) =>
  fc.constantFrom(...world.people).map(({ subject }) => ({ world, subject })),
);

beforeAll(async () => {
  for (const { config } of smallConfigs(1)) await aggregatorReady(config);
});

describe.each(smallConfigs(3))('a line of $name', ({ config }) => {
  it('is the same in whichever order its records and its catalogue came, and whatever was trained before', () => {
    fc.assert(
      fc.property(worldAndPerson, ({ world, subject }) => {
        const fresh = train(asked(config, world));
        train(asked(config, withoutPerson(world, subject)));
        expect(differencesOf(train(backwards(asked(config, world))), fresh)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('keeps every shard that held nothing of a person, and trains the others as long as ever', () => {
    fc.assert(
      fc.property(worldAndPerson, ({ world, subject }) => {
        const before = asked(config, world);
        const [old, rest] = [train(before), train(asked(config, withoutPerson(world, subject)))];
        rest.shards.forEach((shard, at) => {
          if (!before.records[at].has(subject)) expect(shard).toEqual(old.shards[at]);
          expect(shard.roundDigests).toHaveLength(old.shards[at].roundDigests.length);
          expect(readTensors(shard.file).metadata).toEqual(readTensors(old.shards[at].file).metadata);
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('may have nobody, or somebody whose items have all left the catalogue', () => {
    const world: World = { items: ['a', 'b'], people: [{ subject: 'p', items: ['c'] }] };
    const empty = train(asked(config, { ...world, people: [] }));
    const left = train(asked(config, world));
    expect(left.shards.map(({ digest }) => digest)).toEqual(empty.shards.map(({ digest }) => digest));
    expect(left.shards.reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });
});
