import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, unpackRecords } from '#libs/contracts';
import {
  jobOf,
  refusalOf,
  SMALL_CONFIG,
  smallGenesis,
  withoutRecord,
  worldRecords,
  worlds,
} from '#libs/testkit';
import { rebuildShard, sliceOf, type KeptCheckpoint, type ShardJob, type ShardResult } from './index.js';
import { canonicalCatalogue, canonicalShard, datasetOf } from './shard-dataset.js';

const SLICES = 4;
const GENESIS = smallGenesis({ ...SMALL_CONFIG, slices: SLICES });
const recordOfWorld = worlds.chain((world) =>
  fc
    .constantFrom(...world.people)
    .chain(({ subject, items }) => fc.constantFrom(...items).map((item) => ({ world, subject, item }))),
);

const onlyBelow = (job: ShardJob, upTo: number): ShardJob => ({
  ...job,
  subjects: job.subjects.map(({ subject, records }) => ({
    subject,
    records: recordsWhere(records, (label) => sliceOf(label, SLICES) < upTo),
  })),
});
function recordsWhere(records: Uint8Array, keep: (label: Uint8Array) => boolean): Uint8Array {
  const size = records.length / unpackRecords(records).length; // every record of a world has the same length
  const kept = unpackRecords(records).flatMap(({ label }, at) =>
    keep(label) ? [...records.subarray(at * size, (at + 1) * size)] : [],
  );
  return Uint8Array.from(kept);
}

/** Checkpoints as a registry gives them back. */
const keptOf = (job: ShardJob): KeptCheckpoint[] =>
  rebuildShard(job).checkpoints.map((one) => ({ ...one, file: one.file! }));
const bytesOf = ({ datasetRoot, count, file, checkpoints }: ShardResult) => ({
  datasetRoot,
  count,
  file,
  checkpoints: checkpoints.map(({ datasetRoot: root, digest }) => ({ root, digest })),
});

describe('the slice of a record', () => {
  it('follows from the first four bytes of its label, evenly and ascending', () => {
    const label = (top: number): Uint8Array => Uint8Array.of(top, 0, 0, 0);
    expect([0, 63, 64, 127, 128, 192, 255].map((top) => sliceOf(label(top), SLICES))).toEqual([
      0, 0, 1, 1, 2, 3, 3,
    ]);
    expect(sliceOf(new Uint8Array(32).fill(255), 64)).toBe(63);
  });
});

describe('a shard with slices', () => {
  it('keeps the model after each slice but the last', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { checkpoints, digest, roundDigests } = rebuildShard(jobOf(world, 0, GENESIS));
        expect(checkpoints).toHaveLength(SLICES - 1);
        expect(checkpoints.map((one) => one.digest)).not.toContain(digest);
        expect(roundDigests.length).toBe(8);
      }),
      { numRuns: 20 },
    );
  });

  it('has checkpoints that later slices do not move', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: SLICES - 1 }), (world, upTo) => {
        const job = jobOf(world, 0, GENESIS);
        const of = (one: ShardJob): ShardResult['checkpoints'] =>
          rebuildShard(one).checkpoints.slice(0, upTo);
        expect(of(onlyBelow(job, upTo))).toEqual(of(job));
      }),
      { numRuns: 40 },
    );
  });

  it('has the same bytes when it goes on from checkpoints, whichever slice a deleted record was in', () => {
    fc.assert(
      fc.property(recordOfWorld, ({ world, subject, item }) => {
        const [{ label }] = worldRecords(subject, [item]);
        const unchanged = sliceOf(label, SLICES);
        const rest = jobOf(withoutRecord(world, subject, item), 0, GENESIS);
        const resumed = rebuildShard({ ...rest, checkpoints: keptOf(jobOf(world, 0, GENESIS)) });
        const fresh = rebuildShard(rest);
        expect(bytesOf(resumed)).toEqual(bytesOf(fresh));
        expect(resumed.roundDigests).toEqual(fresh.roundDigests.slice(2 * unchanged));
        expect(resumed.checkpoints.filter(({ file }) => file === undefined)).toHaveLength(
          Math.min(unchanged, SLICES - 1),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('has the same bytes whatever else its checkpoints come from: records that came, left, or belong to others', () => {
    fc.assert(
      fc.property(worlds, worlds, (world, other) => {
        const job = jobOf(world, 0, GENESIS);
        const resumed = rebuildShard({ ...job, checkpoints: keptOf(jobOf(other, 0, GENESIS)) });
        expect(bytesOf(resumed)).toEqual(bytesOf(rebuildShard(job)));
      }),
      { numRuns: 60 },
    );
  });

  it('says how much of the work its checkpoints have spared', () => {
    const world = { items: ['a', 'b', 'c'], people: [{ subject: 'p', items: ['a', 'b', 'c'] }] };
    const counts = [0, 1, 2, 3].map(
      (slice) =>
        worldRecords('p', world.items).filter(({ label }) => sliceOf(label, SLICES) === slice).length,
    );
    const job = jobOf(world, 0, GENESIS);
    const [one, two, three, four] = counts.map((_, at) => counts.slice(0, at + 1).reduce((a, b) => a + b));
    const all = one + two + three + four;
    expect(rebuildShard(job).work).toEqual({ all, saved: 0 });
    expect(rebuildShard({ ...job, checkpoints: keptOf(job) }).work).toEqual({
      all,
      saved: one + two + three,
    });
  });

  it('refuses more checkpoints than it has slices to go on to, and the file of another model', () => {
    const world = { items: ['a', 'b'], people: [{ subject: 'p', items: ['a', 'b'] }] };
    const job = jobOf(world, 0, GENESIS);
    const [first, ...others] = keptOf(job);
    const codeOf = (checkpoints: ShardJob['checkpoints']): string =>
      refusalOf(() => rebuildShard({ ...job, checkpoints }));
    expect(codeOf([first, ...others, first])).toBe('SLICE_OUT_OF_RANGE');
    const [{ file }] = keptOf(jobOf({ ...world, items: ['a', 'c'] }, 0, GENESIS));
    expect(codeOf([{ ...first, file }])).toBe('MODEL_CATALOGUE_MISMATCH');
    expect(refusalOf(() => smallGenesis({ ...SMALL_CONFIG, slices: 1 }))).toBe('CONFIG_SLICES_OUT_OF_RANGE');
    const partition = { kind: 'by-subject', shards: 4096 } as const;
    expect(refusalOf(() => smallGenesis({ ...SMALL_CONFIG, partition, slices: 5 }))).toBe(
      'CONFIG_SLICES_OUT_OF_RANGE',
    );
  });
});

describe('the dataset of a shard', () => {
  it("gives each person's items in the order of their labels too, each once", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const job = jobOf(world);
        const dataset = datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects));
        const { offsets, indices } = dataset.inLabelOrder();
        dataset.subjects.forEach((subject, row) => {
          const { items } = world.people.find((person) => person.subject === subject)!;
          const byLabel = worldRecords(subject, items).toSorted((a, b) => Buffer.compare(a.label, b.label));
          const ordered = [...indices.subarray(offsets[row], offsets[row + 1])];
          expect(ordered.map((index) => dataset.items[index])).toEqual(byLabel.map(({ item }) => item));
        });
      }),
    );
  });

  it("tells when each of a person's pairs was met last, going by its own slices", () => {
    const job = jobOf({ items: ['a', 'b'], people: [{ subject: 'p', items: ['a', 'b'] }] });
    const [a, b] = worldRecords('p', ['a', 'b']);
    const [low, high] = [new Uint8Array(32), new Uint8Array(32).fill(255)];
    const records = packRecords([
      { ...a, time: 7, label: low },
      { ...b, time: 5, label: low },
      { ...a, time: 9, label: high },
      { ...a, time: 8, label: low },
      { ...b, item: 'gone', time: 10, label: low },
    ]);
    const shard = canonicalShard(canonicalCatalogue(job), [{ subject: 'p', records }]);
    expect([...datasetOf(shard).latestTimes(0)]).toEqual([9, 5]);
    expect([...datasetOf(shard, { slices: 2, upTo: 1 }).latestTimes(0)]).toEqual([8, 5]);
  });

  it('has the categories of its items and the features, whatever order the catalogue came in', () => {
    const categories = [['y', 'x', 'y'], []];
    expect(canonicalCatalogue({ items: ['b', 'a'], categories, features: ['g', 'f'] })).toEqual({
      items: ['a', 'b'],
      categories: [[], ['x', 'y']],
      features: ['f', 'g'],
    });
    expect(refusalOf(() => canonicalCatalogue({ items: ['a'], categories: [] }))).toBe(
      'DATASET_CATEGORIES_LENGTH',
    );
  });
});
