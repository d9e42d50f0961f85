import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unpackRecords } from '#libs/contracts';
import {
  jobOf,
  refusalOf,
  SMALL_CONFIG,
  smallGenesis,
  withoutRecord,
  worldRecords,
  worlds,
} from '#libs/testkit';
import { rebuildShard, sliceOf, type ShardJob, type ShardResult } from './index.js';
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
        expect(checkpoints.map(({ slices }) => slices)).toEqual([1, 2, 3]);
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

  it('has the same bytes when it goes on from the checkpoint before a deleted record', () => {
    fc.assert(
      fc.property(recordOfWorld, ({ world, subject, item }) => {
        const [{ label }] = worldRecords(subject, [item]);
        const slices = sliceOf(label, SLICES);
        const { checkpoints } = rebuildShard(jobOf(world, 0, GENESIS));
        const rest = jobOf(withoutRecord(world, subject, item), 0, GENESIS);
        const resume = slices === 0 ? undefined : { slices, checkpoint: checkpoints[slices - 1].file };
        const resumed = rebuildShard({ ...rest, resume });
        const fresh = rebuildShard(rest);
        expect({ ...resumed, roundDigests: [], checkpoints: [] }).toEqual({
          ...fresh,
          roundDigests: [],
          checkpoints: [],
        });
        expect(fresh.checkpoints.slice(slices)).toEqual(resumed.checkpoints);
        expect(fresh.roundDigests.slice(2 * slices)).toEqual(resumed.roundDigests);
      }),
      { numRuns: 60 },
    );
  });

  it('cannot go on from a slice that it does not have, nor from the file of another model', () => {
    const world = { items: ['a', 'b'], people: [{ subject: 'p', items: ['a', 'b'] }] };
    const job = jobOf(world, 0, GENESIS);
    const [{ file }] = rebuildShard(job).checkpoints;
    const codeOf = (slices: number, checkpoint = file): string =>
      refusalOf(() => rebuildShard({ ...job, resume: { slices, checkpoint } }));
    expect([0, SLICES, 1.5].map((slices) => codeOf(slices))).toEqual(new Array(3).fill('SLICE_OUT_OF_RANGE'));
    const other = rebuildShard(jobOf({ ...world, items: ['a', 'c'] }, 0, GENESIS)).checkpoints[0].file;
    expect(codeOf(1, other)).toBe('MODEL_CATALOGUE_MISMATCH');
    expect(refusalOf(() => smallGenesis({ ...SMALL_CONFIG, slices: 1 }))).toBe('CONFIG_SLICES_OUT_OF_RANGE');
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

  it('has the categories of its items, whatever order the catalogue came in', () => {
    expect(canonicalCatalogue({ items: ['b', 'a'], categories: [['y', 'x', 'y'], []] })).toEqual({
      items: ['a', 'b'],
      categories: [[], ['x', 'y']],
    });
    expect(refusalOf(() => canonicalCatalogue({ items: ['a'], categories: [] }))).toBe(
      'DATASET_CATEGORIES_LENGTH',
    );
  });
});
