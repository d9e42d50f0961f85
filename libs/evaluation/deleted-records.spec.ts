import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InteractionRecord, StoredRecord } from '#libs/contracts';
import { sha256, utf8, fromUtf8, type Sha256 } from '#libs/essentials';
import { aggregatorReady, influencesOf, rebuildShard } from '#libs/learning';
import { openPartition, type Partition } from '#libs/sharding';
import { smallGenesis } from '#libs/testkit';
import {
  differencesOf,
  divideRecords,
  namedRecords,
  nextVersion,
  smallConfigs,
  subjectsOf,
  trainVersion,
  withoutRecords,
  type LineVersion,
  type MemoryLine,
  type NamedConfig,
  type ShardedRecords,
} from './index.js';

/*
 * A deleted record is changed to arbitrary values; whatever it was, the bytes after its deletion must be the same. The question is asked
 * of every line that this build trains, and of doubles that leak in the ways that `lacuna models lint` knows.
 */
const SHARDS = 3;
const ITEMS = Array.from({ length: 9 }, (_, at) => `item-${at}`);
const KEY = new Uint8Array(32).fill(9);

type People = readonly (readonly [string, readonly StoredRecord[]])[];

interface Deletion {
  readonly rest: People;
  readonly subject: string;
  /** What was deleted, in one world and in the other. */
  readonly deleted: readonly [readonly StoredRecord[], readonly StoredRecord[]];
}

const record = fc.record<InteractionRecord>({
  item: fc.constantFrom(...ITEMS),
  type: fc.constantFrom('view', 'rating', 'purchase'),
  time: fc.integer({ min: 0, max: 2_000_000_000 }),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
});
const stored = (subject: string, records: readonly InteractionRecord[]): StoredRecord[] =>
  namedRecords(subject, records, { purpose: 'recommendations' });
const identity = ({ item, type, time }: InteractionRecord): string => JSON.stringify([item, type, time]);

/** Four to seven people; somebody, one of them or a stranger, has had one to four records more. */
const deletions: fc.Arbitrary<Deletion> = fc
  .tuple(
    fc.array(fc.uniqueArray(record, { selector: identity, minLength: 1, maxLength: 5 }), {
      minLength: 4,
      maxLength: 7,
    }),
    fc.integer({ min: 0, max: 7 }),
    ...[0, 1].map(() => fc.uniqueArray(record, { selector: identity, minLength: 1, maxLength: 4 })),
  )
  .map(([lists, whose, one, other]) => {
    const subject = `person-${whose}`;
    const rest = lists.map((records, at): [string, StoredRecord[]] => {
      const name = `person-${at}`;
      return [name, stored(name, records)];
    });
    const kept = new Set(rest.find(([name]) => name === subject)?.[1].map(identity));
    const news = (records: readonly InteractionRecord[]): StoredRecord[] =>
      stored(subject, records).filter((added) => !kept.has(identity(added)));
    return { rest, subject, deleted: [news(one), news(other)] };
  });

function together({ rest, subject }: Deletion, added: readonly StoredRecord[]): People {
  const own = rest.find(([name]) => name === subject)?.[1] ?? [];
  return [...rest.filter(([name]) => name !== subject), [subject, [...own, ...added]]];
}

/** How a line is trained, and what becomes of it after the records are gone. */
type Implementation = (line: MemoryLine, deletion: Deletion, deleted: readonly StoredRecord[]) => LineVersion;

const product: Implementation = (line, deletion, deleted) => {
  const all = divideRecords(together(deletion, deleted), line.partition);
  const { records, touched } = withoutRecords(
    all,
    { subject: deletion.subject, labels: deleted.map(({ label }) => label) },
    line.partition,
  );
  return nextVersion(line, records, trainVersion(line, all), touched);
};

function lineOf(config: NamedConfig['config']): MemoryLine {
  return {
    genesis: smallGenesis(config),
    partition: openPartition(config.partition, KEY),
    items: ITEMS,
    categories: ITEMS.map((_, at) => [`category-${at % 2}`]),
  };
}

/** Whether the bytes are the same whatever was deleted; only a failed expectation counts as a leak. */
function forgets(line: MemoryLine, by: Implementation, numRuns: number): boolean {
  const property = fc.property(deletions, (deletion) => {
    const [one, other] = deletion.deleted.map((deleted) => by(line, deletion, deleted));
    expect(differencesOf(one, other)).toEqual([]);
    const never = trainVersion(line, divideRecords(deletion.rest, line.partition));
    if (by === product) expect(differencesOf(one, never)).toEqual([]);
  });
  const { failed, errorInstance } = fc.check(property, { numRuns, seed: 20261123, endOnFailure: true });
  if (failed && !(errorInstance instanceof Error && 'matcherResult' in errorInstance)) throw errorInstance;
  return !failed;
}

beforeAll(async () => {
  for (const { config } of smallConfigs(1)) await aggregatorReady(config);
});

describe('whatever a deleted record was', () => {
  it.each(smallConfigs(SHARDS))('the bytes after its deletion are the same: $name', ({ config }) => {
    expect(forgets(lineOf(config), product, 5)).toBe(true);
  });
});

describe('a line that leaks is caught', () => {
  const [plain] = smallConfigs(SHARDS);
  const sliced = smallConfigs(SHARDS).find(({ name }) => name === 'by-subject/ials×3/mean')!;
  const line = lineOf(plain.config);

  /** Trains on everything as `before` says of the records with the deleted ones, and keeps to it afterwards. */
  const keepingTo =
    (before: (line: MemoryLine, all: ShardedRecords, people: People) => MemoryLine): Implementation =>
    (clean, deletion, deleted) => {
      const people = together(deletion, deleted);
      const leaky = before(clean, divideRecords(people, clean.partition), people);
      return trainVersion(leaky, divideRecords(deletion.rest, leaky.partition));
    };
  const published = (clean: MemoryLine, deletion: Deletion, deleted: readonly StoredRecord[]): LineVersion =>
    trainVersion(clean, divideRecords(together(deletion, deleted), clean.partition));

  it.each<[string, Implementation]>([
    [
      'by a partition that balances what it sees',
      keepingTo((clean, _, people) => {
        const byActivity = people.toSorted((a, b) => b[1].length - a[1].length).map(([name]) => name);
        const partition: Partition = {
          ...clean.partition,
          shardOf: ({ subject }) => Math.max(0, byActivity.indexOf(subject)) % SHARDS,
        };
        return { ...clean, partition };
      }),
    ],
    [
      'by a vocabulary made from what people did',
      keepingTo((clean, _, people) => ({
        ...clean,
        items: [...new Set(people.flatMap(([, records]) => records.map(({ item }) => item)))],
        categories: undefined,
      })),
    ],
    [
      'by draws named after how popular an item is',
      keepingTo((clean, _, people) => {
        const met = people.flatMap(([, records]) => records.map(({ item }) => item));
        const degree = (item: string): number => met.filter((one) => one === item).length;
        const byPosition = ITEMS.toSorted((a, b) => degree(b) - degree(a));
        const hash: Sha256 = (message) => {
          const text = message.length < 200 ? fromUtf8(message) : '';
          const [kind, seed, purpose, id] = text.startsWith('["lacuna/draw/v1"')
            ? (JSON.parse(text) as string[])
            : [];
          if (kind === undefined) return sha256(message);
          return sha256(utf8(JSON.stringify([kind, seed, purpose, String(byPosition.indexOf(id))])));
        };
        return { ...clean, hash: (message) => (message[0] === 0x5b ? hash(message) : sha256(message)) };
      }),
    ],
    [
      'by rounds chosen on the records of all',
      keepingTo((clean, _, people) => {
        const records = people.reduce((sum, [, own]) => sum + own.length, 0);
        const subModel = {
          ...plain.config.subModel,
          sweeps: 1 + (records % 4),
        } as typeof plain.config.subModel;
        return { ...clean, genesis: smallGenesis({ ...plain.config, subModel }) };
      }),
    ],
    [
      'by shards that are not rebuilt though they counted what others did',
      (clean, deletion, deleted) => {
        const crowd = (people: People): StoredRecord[] =>
          stored(
            'crowd',
            people.flatMap(([, [first]]) => (first ? [{ ...first, time: 1 }] : [])),
          );
        const all = divideRecords(together(deletion, deleted), clean.partition);
        const counted = crowd(together(deletion, deleted));
        const withCrowd = all.map((shard) => new Map(shard));
        for (const shard of withCrowd)
          shard.set(
            'crowd',
            divideRecords([['crowd', counted]], { ...clean.partition, shardOf: () => 0 })[0].get('crowd')!,
          );
        return trainVersion(clean, withCrowd);
      },
    ],
    ['by doing nothing', published],
  ])('%s', (_, leaky) => {
    expect(forgets(line, leaky, 30)).toBe(false);
  });

  it('by an aggregator that is kept, when somebody was alone in their shard', () => {
    const [wide] = smallConfigs(16);
    const keepsAggregator: Implementation = (clean, deletion, deleted) => ({
      ...product(clean, deletion, deleted),
      aggregator: published(clean, deletion, deleted).aggregator,
    });
    const property = fc.property(deletions, (deletion) => {
      const never = trainVersion(
        lineOf(wide.config),
        divideRecords(deletion.rest, lineOf(wide.config).partition),
      );
      const after = keepsAggregator(lineOf(wide.config), deletion, deletion.deleted[0]);
      return differencesOf(after, never).length === 0;
    });
    const { counterexample } = fc.check(property, { numRuns: 30, seed: 20261123, endOnFailure: true });
    expect(counterexample).not.toBeNull();
  });

  it('by going on from a model that has seen the record', () => {
    const warm: Implementation = (clean, deletion, deleted) => {
      const before = published(clean, deletion, deleted);
      const rest = divideRecords(deletion.rest, clean.partition);
      const after = trainVersion(clean, rest);
      const shards = after.shards.map((shard, at) => ({
        ...rebuildShard({
          ...clean,
          shard: at,
          subjects: subjectsOf(rest, at),
          checkpoints: [{ ...shard.checkpoints[0], file: before.shards[at].file }],
        }),
        checkpoints: shard.checkpoints,
      }));
      return { ...after, shards };
    };
    expect(forgets(lineOf(sliced.config), warm, 30)).toBe(false);
  });
});

describe('what a kind declares of its draws', () => {
  /** Ids of the draws that building a line takes, with the purposes. */
  function drawnNames(
    config: NamedConfig['config'],
    people: number,
  ): { shards: string[]; aggregator: string[] } {
    const names: string[] = [];
    const hash: Sha256 = (message) => {
      if (message[0] === 0x5b) {
        const text = fromUtf8(message);
        if (text.startsWith('["lacuna/draw/v1"'))
          names.push((JSON.parse(text) as string[]).slice(2).join(' '));
      }
      return sha256(message);
    };
    const line = { ...lineOf(config), hash };
    const everybody = Array.from({ length: people }, (_, at): [string, StoredRecord[]] => {
      const records = ITEMS.slice(at % 4, (at % 4) + 4).map((item) => ({
        item,
        type: 'view',
        time: at,
        value: 1,
      }));
      return [`person-${at}`, stored(`person-${at}`, records)];
    });
    const records = divideRecords(everybody, line.partition);
    const shards = records.map((_, shard) =>
      rebuildShard({ ...line, shard, subjects: subjectsOf(records, shard) }),
    );
    const ofShards = names.splice(0);
    const kept = { shards: shards.map((one) => ({ ...one, checkpoints: [] })), aggregator: new Uint8Array() };
    nextVersion(line, records, kept, new Set());
    return { shards: ofShards, aggregator: names };
  }
  const isNamed = (name: string): boolean => /item-\d|person-\d/.test(name);

  it.each(smallConfigs(SHARDS))('is true: $name', ({ config }) => {
    const declared = influencesOf(config);
    const [few, many] = [6, 11].map((people) => drawnNames(config, people));
    for (const part of ['shards', 'aggregator'] as const) {
      const { randomness } = part === 'shards' ? declared.subModel : declared.aggregator;
      expect(many[part].length > 0).toBe(randomness === 'by-name');
      // What is not named after an item or a person must not depend on how many there are.
      const unnamed = [few, many].map((names) => new Set(names[part].filter((name) => !isNamed(name))));
      expect(unnamed[0]).toEqual(unnamed[1]);
    }
  });
});
