import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  jobOf,
  jobsOf,
  shardOfPerson,
  SMALL_IALS,
  smallGenesis,
  withoutPerson,
  withoutRecord,
  worldRecords,
  worlds,
  type World,
} from '#libs/testkit';
import { packRecords, unpackRecords } from '#libs/contracts';
import { sha256, toHex } from '#libs/essentials';
import {
  buildAggregator,
  drawsOf,
  readTensors,
  rebuildShard,
  type Draw,
  type ShardDataset,
  type TensorData,
} from './index.js';
import type { ShardJob, ShardResult } from './index.js';
import { ialsTrainer } from './ials-trainer.js';
import {
  canonicalCatalogue,
  canonicalShard,
  datasetOf,
  itemIndex,
  presentItems,
  transpose,
} from './shard-dataset.js';

/*
 * One property for each rule of DESIGN §4. Each is asked twice: of the product, where it must hold, and of a double that breaks the
 * rule in the way people usually do, where fast-check must find a counterexample.
 */
type Train = (job: ShardJob) => Pick<ShardResult, 'digest'>;

/** Whether fast-check finds no counterexample. Only a failed expectation counts as one; a double that crashes proves nothing. */
function holds<Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): boolean {
  const { failed, errorInstance } = fc.check(property, { numRuns: 60, seed: 20261123 });
  if (failed && !(errorInstance instanceof Error && 'matcherResult' in errorInstance)) throw errorInstance;
  return !failed;
}

const digestOf = (numbers: TensorData): string => toHex(sha256(new Uint8Array(numbers.slice().buffer)));

/** A world, one of its people, one of that person's records. */
const worldAndVictim = worlds.chain((world) =>
  fc
    .constantFrom(...world.people)
    .chain((person) =>
      fc.constantFrom(...person.items).map((item) => ({ world, subject: person.subject, item })),
    ),
);

/** The shards of a model line and its aggregator. */
interface Line {
  readonly shards: readonly ShardResult[];
  readonly aggregator: Uint8Array;
}
type TrainLine = (world: World) => Line;

const aggregate = (shards: readonly ShardResult[]): Uint8Array =>
  buildAggregator({ genesis: smallGenesis(), items: [], shards });

const withAggregator = (shards: readonly ShardResult[]): Line => ({
  shards,
  aggregator: aggregate(shards),
});
const trainLine: TrainLine = (world) => withAggregator(jobsOf(world).map((job) => rebuildShard(job)));

describe('unlearning', () => {
  /** From what is published and the records that are left, the next version. */
  type Unlearn = (published: Line, rest: World, affected: number) => Line;
  const rebuildAffected: Unlearn = ({ shards }, rest, affected) =>
    withAggregator(
      shards.map((old, shard) => (shard === affected ? rebuildShard(jobsOf(rest)[shard]) : old)),
    );
  const forgets = (by: Unlearn) =>
    fc.property(worldAndVictim, fc.boolean(), ({ world, subject, item }, wholePerson) => {
      const rest = wholePerson ? withoutPerson(world, subject) : withoutRecord(world, subject, item);
      expect(by(trainLine(world), rest, shardOfPerson(subject))).toEqual(trainLine(rest));
    });

  it('leaves the bytes of a model that has never seen the person or the record', () => {
    expect(holds(forgets(rebuildAffected))).toBe(true);
  });

  it('is not what a double does that keeps the old shard', () => {
    expect(holds(forgets((published) => published))).toBe(false);
  });

  it('changes the shard that held the record, and its dataset root', () => {
    fc.assert(
      fc.property(worldAndVictim, ({ world, subject, item }) => {
        const [before, after] = [world, withoutRecord(world, subject, item)].map((one) =>
          rebuildShard(jobOf(one)),
        );
        expect(after.digest).not.toBe(before.digest);
        expect(after.datasetRoot).not.toBe(before.datasetRoot);
        expect(after.count).toBe(before.count - 1);
      }),
    );
  });
});

describe('rule 1, randomness by name', () => {
  const dataset = (job: ShardJob): ShardDataset =>
    datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects));
  const trainWith =
    (drawFor: (job: ShardJob) => Draw): Train =>
    (job) => {
      const [{ data }] = ialsTrainer.train({
        dataset: dataset(job),
        config: SMALL_IALS,
        draw: drawFor(job),
        afterRound: () => undefined,
      });
      return { digest: digestOf(data) };
    };
  const byName = trainWith(({ genesis }) => drawsOf(genesis.seed));
  const ignoresHistory = (train: Train) =>
    fc.property(worldAndVictim, ({ world, subject }) => {
      const rest = jobOf(withoutPerson(world, subject));
      const fresh = train(rest).digest;
      train(jobOf(world));
      expect(train(rest).digest).toBe(fresh);
    });
  const ignoresItemOrder = (train: Train) =>
    fc.property(worlds, (world) => {
      const job = jobOf(world);
      expect(train({ ...job, items: job.items.toReversed() }).digest).toBe(train(job).digest);
    });

  it('holds: what was trained before leaves no trace', () => {
    expect(holds(ignoresHistory(byName))).toBe(true);
    expect(holds(ignoresItemOrder(byName))).toBe(true);
  });

  it('is broken by a global stream', () => {
    let state = 1;
    const next = (): number => (state = Math.imul(state, 1664525) + 1013904223) / 2 ** 31;
    expect(holds(ignoresHistory(trainWith(() => () => ({ uniform: next, normal: next }))))).toBe(false);
  });

  it('is broken by draws named after positions', () => {
    const byPosition = trainWith(
      ({ genesis, items }) =>
        (purpose, id) =>
          drawsOf(genesis.seed)(purpose, String(items.indexOf(id))),
    );
    expect(holds(ignoresItemOrder(byPosition))).toBe(false);
  });
});

describe('rule 2, assignment without looking', () => {
  type Assign = (world: World) => ReadonlyMap<string, number>;
  const staysPut = (assign: Assign) =>
    fc.property(worldAndVictim, ({ world, subject }) => {
      const before = assign(world);
      for (const [other, shard] of assign(withoutPerson(world, subject)))
        expect(shard).toBe(before.get(other));
    });

  it('holds: nobody moves when somebody leaves', () => {
    const product: Assign = ({ people }) =>
      new Map(people.map(({ subject }) => [subject, shardOfPerson(subject)]));
    expect(holds(staysPut(product))).toBe(true);
  });

  it('is broken by balancing the shards', () => {
    const balanced: Assign = ({ people }) => new Map(people.map(({ subject }, at) => [subject, at % 2]));
    expect(holds(staysPut(balanced))).toBe(false);
  });
});

describe('rule 3, the catalogue is not personal', () => {
  const rowsStay = (train: (job: ShardJob) => ShardResult) =>
    fc.property(worldAndVictim, ({ world, subject }) => {
      const [before, after] = [world, withoutPerson(world, subject)].map((one) =>
        readTensors(train(jobOf(one)).file),
      );
      expect(after.tensors[0].shape).toEqual(before.tensors[0].shape);
      expect(after.metadata).toEqual(before.metadata);
    });

  it('holds: rows are the items of the catalogue, whoever met them', () => {
    expect(holds(rowsStay((job) => rebuildShard(job)))).toBe(true);
  });

  it('is broken by a vocabulary that is made from the records', () => {
    const vocabulary = (job: ShardJob): string[] => [
      ...new Set(job.subjects.flatMap(({ records }) => unpackRecords(records).map(({ item }) => item))),
    ];
    expect(holds(rowsStay((job) => rebuildShard({ ...job, items: vocabulary(job) })))).toBe(false);
  });
});

describe('rule 4, isolation', () => {
  const othersStay = (train: TrainLine) =>
    fc.property(worldAndVictim, ({ world, subject }) => {
      const [before, after] = [train(world), train(withoutPerson(world, subject))];
      const others = ({ shards }: Line) => shards.filter(({ shard }) => shard !== shardOfPerson(subject));
      expect(others(after)).toEqual(others(before));
    });

  it('holds: the other shards keep their bytes', () => {
    expect(holds(othersStay(trainLine))).toBe(true);
  });

  it('is broken by telling every shard what is popular with all', () => {
    const withPopularity: TrainLine = (world) => {
      const popular = world.items.filter((item) => world.people.some(({ items }) => items[0] === item));
      const everybody = { subject: 'popularity', records: packRecords(worldRecords('popularity', popular)) };
      return withAggregator(
        jobsOf(world).map((job) => rebuildShard({ ...job, subjects: [...job.subjects, everybody] })),
      );
    };
    expect(holds(othersStay(withPopularity))).toBe(false);
  });
});

describe('rule 5, no selection on other data', () => {
  const sweepsStay = (train: (job: ShardJob) => ShardResult) =>
    fc.property(worldAndVictim, ({ world, subject }) => {
      const counts = [world, withoutPerson(world, subject)].map(
        (one) => train(jobOf(one)).roundDigests.length,
      );
      expect(counts).toEqual([SMALL_IALS.sweeps, SMALL_IALS.sweeps]);
    });

  it('holds: the number of sweeps is the one in the genesis', () => {
    expect(holds(sweepsStay((job) => rebuildShard(job)))).toBe(true);
  });

  it('is broken by stopping when the data say so', () => {
    const stopsEarly = (job: ShardJob): ShardResult => {
      const result = rebuildShard(job);
      return { ...result, roundDigests: result.roundDigests.slice(0, job.subjects.length > 3 ? 2 : 1) };
    };
    expect(holds(sweepsStay(stopsEarly))).toBe(false);
  });
});

describe('rule 6, canonical order', () => {
  const shuffled = worlds.chain(({ items, people }) =>
    fc.record({
      sorted: fc.constant<World>({ items, people }),
      mixed: fc.record<World>({
        items: fc.shuffledSubarray([...items], { minLength: items.length }),
        people: fc
          .shuffledSubarray([...people], { minLength: people.length })
          .map((some) => some.map((person) => ({ ...person, items: person.items.toReversed() }))),
      }),
    }),
  );
  const ignoresArrival = (train: Train) =>
    fc.property(shuffled, ({ sorted, mixed }) => {
      expect(train(jobOf(mixed)).digest).toBe(train(jobOf(sorted)).digest);
    });

  it('holds: the order of arrival of people, records and items is forgotten', () => {
    expect(holds(ignoresArrival((job) => rebuildShard(job)))).toBe(true);
  });

  it('is broken by summing over people as they come', () => {
    const asTheyCome: Train = ({ genesis, items, subjects }) => {
      const indexOf = itemIndex(items.toSorted());
      const rows = subjects.map(({ records }) => presentItems(unpackRecords(records), indexOf));
      const offsets = new Uint32Array(rows.length + 1);
      rows.forEach(({ length }, row) => (offsets[row + 1] = offsets[row] + length));
      const bySubject = { offsets, indices: Uint32Array.from(rows.flatMap((row) => [...row])) };
      const [{ data }] = ialsTrainer.train({
        dataset: {
          items: items.toSorted(),
          categories: [],
          features: [],
          subjects: [],
          bySubject,
          featuresBySubject: { offsets: new Uint32Array(), indices: new Uint32Array() },
          degrees: new Uint32Array(items.length),
          byItem: () => transpose(bySubject, items.length),
          inLabelOrder: () => bySubject,
          latestTimes: () => new Float64Array(),
        },
        config: SMALL_IALS,
        draw: drawsOf(genesis.seed),
        afterRound: () => undefined,
      });
      return { digest: digestOf(data) };
    };
    expect(holds(ignoresArrival(asTheyCome))).toBe(false);
  });
});

describe('rule 7, the aggregator is a model too', () => {
  type Aggregate = (before: readonly ShardResult[], after: readonly ShardResult[]) => Uint8Array;
  const followsTheShards = (by: Aggregate) =>
    fc.property(worldAndVictim, ({ world, subject }) => {
      const [before, after] = [world, withoutPerson(world, subject)].map((one) =>
        jobsOf(one).map((job) => rebuildShard(job)),
      );
      expect(by(before, after)).toEqual(aggregate(after));
    });

  it('holds: it is built anew from what is left', () => {
    const rebuilt: Aggregate = (_, after) => aggregate(after.toReversed());
    expect(holds(followsTheShards(rebuilt))).toBe(true);
  });

  it('is broken by keeping it when a shard is rebuilt', () => {
    const kept: Aggregate = (before) => aggregate(before);
    expect(holds(followsTheShards(kept))).toBe(false);
  });
});
