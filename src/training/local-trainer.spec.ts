import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256, toHex } from '#libs/essentials';
import {
  buildAggregator,
  rebuildShard,
  type AggregatorWork,
  type ShardResult,
  type ShardWork,
  type TrainedShard,
} from '#libs/learning';
import { jobsOf, refusalOfAsync, SMALL_CONFIG, smallGenesis, type World } from '#libs/testkit';
import { LocalTrainer, TrainingPool } from './index.js';
import { RegistryError } from './training-error.js';

// As training-pool.spec.ts: the threads run the last build.
const ITEMS = ['a', 'b', 'c', 'd', 'e'];
const GENESIS = smallGenesis({
  ...SMALL_CONFIG,
  partition: { kind: 'by-subject', shards: 4 },
  subModel: { kind: 'gram', scope: { kind: 'all' } },
  aggregator: { kind: 'ease', regularization: 2, decay: 1, block: 8 },
});
const WORLD: World = {
  items: ITEMS,
  people: Array.from({ length: 24 }, (_, at) => ({
    subject: `person-${at}`,
    items: ITEMS.filter((_item, index) => (at + index) % 3 > 0),
  })),
};
const without = (world: World, subject: string): World => ({
  ...world,
  people: world.people.filter((person) => person.subject !== subject),
});

/** Files that say how often they were read, and where a write can be held up. */
class CountingFiles {
  readonly blobs = new Map<string, Uint8Array>();
  readonly reads: string[] = [];
  mayStore: Promise<void> = Promise.resolve();

  async put(bytes: Uint8Array): Promise<string> {
    const digest = toHex(sha256(bytes.slice()));
    if (!this.blobs.has(digest)) await this.mayStore;
    this.blobs.set(digest, bytes.slice());
    return digest;
  }

  async get(
    digest: string,
    allocate = (bytes: number): ArrayBufferLike => new ArrayBuffer(bytes),
  ): Promise<Uint8Array> {
    this.reads.push(digest);
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) throw new RegistryError('MODEL_FILE_MISSING', 'not there');
    const read = new Uint8Array(allocate(bytes.length));
    read.set(bytes);
    return read;
  }
}

const pool = new TrainingPool({ threads: 2 });
afterAll(() => pool.close());

let files: CountingFiles;
let trainer: LocalTrainer;
beforeEach(() => {
  files = new CountingFiles();
  trainer = new LocalTrainer(pool, files);
});

const worksOf = (world: World): ShardWork[] =>
  jobsOf(world, GENESIS).map((job) => ({ ...job, checkpoints: [], previous: undefined }));
const trained = (world: World): ShardResult[] => jobsOf(world, GENESIS).map((job) => rebuildShard(job));
const named = (shards: readonly Pick<TrainedShard, 'shard' | 'count' | 'digest'>[]): AggregatorWork => ({
  genesis: GENESIS,
  items: ITEMS,
  shards: shards.map(({ shard, count, digest }) => ({ shard, count, digest })),
});
const expected = (world: World): string =>
  toHex(sha256(buildAggregator({ genesis: GENESIS, items: ITEMS, shards: trained(world) })));

async function firstVersion(): Promise<TrainedShard[]> {
  const map = (): undefined => undefined;
  const shards: TrainedShard[] = [];
  for (const work of worksOf(WORLD)) shards.push(await trainer.train(work, undefined, { map }));
  await trainer.aggregate(named(shards));
  files.reads.length = 0;
  return shards;
}

/** As a rebuild does: what stays is begun with while a shard is trained, and the aggregator before its file is stored. */
async function erased(
  world: World,
  shards: readonly TrainedShard[],
  shard: number,
): Promise<{ shards: TrainedShard[]; digest: string }> {
  const stay = shards.filter((one) => one.shard !== shard);
  let aggregated: Promise<string> | undefined;
  const done = await trainer.train(worksOf(world)[shard], undefined, {
    map: () => trainer.aggregateAhead(named(stay)),
    made: (made) => {
      aggregated = trainer.aggregate(named([...stay, made]));
    },
  });
  return { shards: [...stay, done], digest: await aggregated! };
}

const shardOf = (subject: string): number =>
  worksOf(WORLD).findIndex(({ subjects }) => subjects.some((one) => one.subject === subject));

describe('the trainer in this process', () => {
  it('gives the aggregator of all files whatever it has summed before, and reads only what has changed', async () => {
    let [world, shards]: [World, readonly TrainedShard[]] = [WORLD, await firstVersion()];
    for (const subject of ['person-3', 'person-4', 'person-11', 'person-3x', 'person-20']) {
      world = without(world, subject);
      const shard = Math.max(shardOf(subject), 0);
      const before = shards.find((one) => one.shard === shard)!.digest;
      const next = await erased(world, shards, shard);
      expect(next.digest).toBe(expected(world));
      expect(files.reads).toEqual([before]);
      ({ shards } = next);
      files.reads.length = 0;
    }
  });

  it('begins the aggregator before the file of a shard is stored', async () => {
    const shards = await firstVersion();
    let store = (): void => {};
    files.mayStore = new Promise((resolve) => (store = resolve));
    const world = without(WORLD, 'person-3');
    const shard = shardOf('person-3');
    const stay = shards.filter((one) => one.shard !== shard);
    const order: string[] = [];
    let aggregated: Promise<string> | undefined;
    const pooled = pool.aggregate.bind(pool);
    const told = Object.create(pool, {
      aggregate: {
        value: (...given: Parameters<typeof pooled>) =>
          pooled(...given).then((file) => {
            order.push('aggregator computed');
            store();
            return file;
          }),
      },
    }) as TrainingPool;
    trainer = new LocalTrainer(told, files);
    await trainer.train(worksOf(world)[shard], undefined, {
      map: () => undefined,
      made: (made) => {
        aggregated = trainer.aggregate(named([...stay, made]));
      },
    });
    order.push('shard stored');
    await aggregated;
    expect(order).toEqual(['aggregator computed', 'shard stored']);
  });

  it('reads a file once that a shard goes on from and a sum takes away, and changes it when the sum has been made', async () => {
    let [world, shards]: [World, readonly TrainedShard[]] = [WORLD, await firstVersion()];
    for (const subject of ['person-3', 'person-4', 'person-20']) {
      const before = worksOf(world);
      const shard = before.findIndex(({ subjects }) => subjects.some((one) => one.subject === subject));
      world = without(world, subject);
      const { datasetRoot, digest } = shards.find((one) => one.shard === shard)!;
      const withdrawn = before[shard].subjects.filter((one) => one.subject === subject);
      const previous = { datasetRoot, digest, position: '1000000', withdrawn };
      const stay = shards.filter((one) => one.shard !== shard);
      trainer.readAhead([digest]);
      trainer.aggregateAhead(named(stay));
      const work = { ...worksOf(world)[shard], previous };
      const done = await trainer.train(work, undefined, { map: () => undefined });
      expect(done.work.saved).toBeGreaterThan(0); // it went on from there
      shards = [...stay, done];
      expect(await trainer.aggregate(named(shards))).toBe(expected(world));
      expect(files.reads.filter((read) => read === digest)).toEqual([digest]);
      files.reads.length = 0;
    }
  });

  it('does not go on from a sum of other shards, nor of another catalogue', async () => {
    const shards = await firstVersion();
    const [, ...later] = trained(without(WORLD, WORLD.people[0].subject));
    for (const { file } of later) await files.put(file);
    const other = [...later, shards[0]];
    trainer.aggregateAhead(named(shards.slice(1)));
    expect(await trainer.aggregate(named(other))).toBe(
      toHex(
        sha256(
          buildAggregator({
            genesis: GENESIS,
            items: ITEMS,
            shards: [...later, trained(WORLD)[0]],
          }),
        ),
      ),
    );
    trainer.aggregateAhead(named(later));
    expect(await refusalOfAsync(() => trainer.aggregate({ ...named(other), items: [...ITEMS, 'f'] }))).toBe(
      'MODEL_CATALOGUE_MISMATCH',
    );
  });

  it('reads all files again where one that it would take away is lost', async () => {
    const shards = await firstVersion();
    const shard = shardOf('person-3');
    files.blobs.delete(shards[shard].digest);
    const world = without(WORLD, 'person-3');
    expect((await erased(world, shards, shard)).digest).toBe(expected(world));
    const lost = shards.find((one) => one.shard !== shard && one.shard !== shardOf('person-4'))!;
    files.blobs.delete(lost.digest);
    await trainer.giveUp();
    expect(await refusalOfAsync(() => erased(world, shards, shardOf('person-4')))).toBe('MODEL_FILE_MISSING');
  });
});
