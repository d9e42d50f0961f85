import { MessageChannel } from 'node:worker_threads';
import { afterAll, describe, expect, it } from '@jest/globals';
import { itemWeights } from '#libs/kernels';
import { smallConfigs } from '#libs/evaluation';
import {
  aggregatorReady,
  buildAggregator,
  rebuildShard,
  type AggregatorJob,
  type ShardJob,
} from '#libs/learning';
import {
  jobOf,
  jobsOf,
  refusalOf,
  refusalOfAsync,
  SMALL_CONFIG,
  smallGenesis,
  type World,
} from '#libs/testkit';
import { nodeSha256 } from '#platform/crypto';
import { TrainingPool } from './index.js';
import { dismiss, help, newControl, solveWithHelp } from './shared-solving.js';
import { workerFile } from './worker-file.js';

// The threads run dist/src/training/training.worker.js: `npm test` builds first, `npm run test:fast` uses the last build.
const WORLD: World = {
  items: ['a', 'b', 'c', 'd', 'e'],
  people: Array.from({ length: 9 }, (_, at) => ({
    subject: `person-${at}`,
    items: ['a', 'b', 'c', 'd', 'e'].filter((_item, index) => (at + index) % 3 > 0),
  })),
};
const JOBS = jobsOf(WORLD);
const ON_MAIN_THREAD = JOBS.map((job) => rebuildShard(job));

const bytesOf = (floats: Float32Array): Uint8Array => new Uint8Array(floats.buffer);

const pools: TrainingPool[] = [];
function poolOf(threads: number): TrainingPool {
  const pool = new TrainingPool({ threads });
  pools.push(pool);
  return pool;
}
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

describe('the training pool', () => {
  it.each([1, 2])('gives the bytes of the main thread with %i threads', async (threads) => {
    const pool = poolOf(threads);
    expect(await Promise.all(JOBS.map((job) => pool.train(job)))).toEqual(ON_MAIN_THREAD);
  });

  it('gives the bytes of the main thread for every kind of sub-model', async () => {
    const pool = poolOf(2);
    const configs = new Map(smallConfigs(2).map(({ config }) => [JSON.stringify(config.subModel), config]));
    const jobs = [...configs.values()].map((config) => jobOf(WORLD, 0, smallGenesis(config)));
    const trained = await Promise.all(jobs.map((job) => pool.train(job)));
    expect(trained).toEqual(jobs.map((job) => rebuildShard(job)));
  });

  it('gives the same bytes whichever shard is asked for first', async () => {
    const pool = poolOf(2);
    const backwards = await Promise.all(JOBS.toReversed().map((job) => pool.train(job)));
    expect(backwards.toReversed()).toEqual(ON_MAIN_THREAD);
  });

  it('gives the aggregator of the main thread, whatever its kind reads', async () => {
    const shards = ON_MAIN_THREAD.map((result, at) => ({ ...result, subjects: JOBS[at].subjects }));
    const job: AggregatorJob = { ...JOBS[0], categories: WORLD.items.map(() => ['all']), shards };
    expect(await poolOf(1).aggregate(job)).toEqual(buildAggregator(job));
    expect(await refusalOfAsync(() => poolOf(1).aggregate({ ...job, shards: shards.slice(1) }))).toBe(
      'SHARDS_INCOMPLETE',
    );
  });

  it.each([1, 2])('solves for many items to the same bytes with %i threads', async (threads) => {
    const items = Array.from({ length: 1100 }, (_, at) => `item-${at}`);
    const people = WORLD.people.map(({ subject }, at) => ({
      subject,
      items: items.filter((_, index) => (index + at) % 7 === 0),
    }));
    const scopes = [{ kind: 'all' }, { kind: 'by-category' }] as const;
    const pool = poolOf(threads);
    for (const scope of scopes) {
      const aggregator = { kind: 'ease', regularization: 2, decay: 1, block: 64 } as const;
      const genesis = smallGenesis({
        ...SMALL_CONFIG,
        partition: { kind: 'by-subject', shards: 1 },
        subModel: { kind: 'gram', scope },
        aggregator,
      });
      const categories = items.map((_, at) => (at < 40 ? ['few'] : ['many']));
      const shard = { ...jobOf({ items, people }, 0, genesis), categories };
      const job: AggregatorJob = { genesis, items, categories, shards: [rebuildShard(shard)] };
      const made = await pool.aggregate(() => Promise.resolve(structuredClone(job)));
      expect(Buffer.compare(made, buildAggregator(job))).toBe(0);
    }
  });

  it('solves alone where the thread that could help has ended, or never came', () => {
    const size = 1100;
    const counts = new Uint32Array((size * (size + 1)) / 2);
    const problem = { size, counts, regularization: 2, block: 64 };
    const alone = itemWeights(problem);
    const gone = newControl();
    dismiss(gone);
    for (const control of [newControl(), gone]) {
      const { port1 } = new MessageChannel();
      expect(Buffer.compare(bytesOf(solveWithHelp(problem, { control, port: port1 })), bytesOf(alone))).toBe(
        0,
      );
      port1.close();
    }
  });

  it('gives the learned aggregator of the main thread, in every thread that loads the engine', async () => {
    const aggregator = {
      kind: 'meta',
      hidden: 4,
      tasks: 9,
      epochs: 2,
      learningRate: 0.05,
      innerSteps: 2,
      innerRate: 0.1,
    } as const;
    const genesis = smallGenesis({ ...SMALL_CONFIG, aggregator });
    const shards = ON_MAIN_THREAD.map((result, at) => ({ ...result, subjects: JOBS[at].subjects }));
    const job: AggregatorJob = { ...JOBS[0], genesis, categories: WORLD.items.map(() => ['all']), shards };
    await aggregatorReady(genesis.config);
    const expected = buildAggregator(job);
    expect(await poolOf(1).aggregate(job)).toEqual(expected);
    expect(await poolOf(1).aggregate(job)).toEqual(expected);
  });

  it('goes on from the checkpoints of a job', async () => {
    const genesis = smallGenesis({ ...SMALL_CONFIG, slices: 3 });
    const job = jobOf(WORLD, 0, genesis);
    const fresh = rebuildShard(job);
    const checkpoints = fresh.checkpoints.map((one) => ({ ...one, file: one.file! }));
    const resumed = await poolOf(1).train({ ...job, checkpoints });
    expect(resumed.file).toEqual(fresh.file);
    expect(resumed.roundDigests).toEqual(fresh.roundDigests.slice(4));
  });

  it('leaves the records with the caller', async () => {
    const job = jobOf(WORLD);
    const lengths = job.subjects.map(({ records }) => records.length);
    await poolOf(1).train(job);
    expect(job.subjects.map(({ records }) => records.length)).toEqual(lengths);
  });

  it('tells of every sweep before it gives the result', async () => {
    const seen: number[] = [];
    const onRound = ({ round, shard }: { round: number; shard: number }): void => {
      expect(shard).toBe(1);
      seen.push(round);
    };
    await poolOf(1).train(JOBS[1], { onRound });
    expect(seen).toEqual([1, 2]);
  });

  it('passes on why a job is refused, and goes on working', async () => {
    const pool = poolOf(1);
    const twice: ShardJob = { ...JOBS[0], items: ['a', 'a'] };
    const cut = { subject: 'p', records: JOBS[0].subjects[0].records.subarray(0, 40) };
    expect(await refusalOfAsync(() => pool.train(twice))).toBe('DATASET_ITEM_TWICE');
    expect(await refusalOfAsync(() => pool.train(twice, { onRound: () => undefined }))).toBe(
      'DATASET_ITEM_TWICE',
    );
    expect(await refusalOfAsync(() => pool.train({ ...JOBS[0], subjects: [cut] }))).toBe(
      'DATASET_RECORDS_MALFORMED',
    );
    expect(await pool.train(JOBS[0])).toEqual(ON_MAIN_THREAD[0]);
  });

  it('lets the caller work while the job runs, and throws what that work throws once both have ended', async () => {
    const pool = poolOf(1);
    const order: string[] = [];
    const meanwhile = (): void => void order.push('meanwhile');
    const result = await pool.train(JOBS[0], { meanwhile, onRound: () => order.push('round') });
    expect(result).toEqual(ON_MAIN_THREAD[0]);
    expect(order).toEqual(['meanwhile', 'round', 'round']);
    const fails = (): never => {
      throw new TypeError('the disk is full');
    };
    await expect(pool.train(JOBS[0], { meanwhile: fails })).rejects.toThrow('the disk is full');
    const twice: ShardJob = { ...JOBS[0], items: ['a', 'a'] };
    expect(await refusalOfAsync(() => pool.train(twice, { meanwhile: fails }))).toBe('DATASET_ITEM_TWICE');
    expect(await pool.train(JOBS[0])).toEqual(ON_MAIN_THREAD[0]);
  });

  it('takes no job after it was closed', async () => {
    const pool = new TrainingPool({ threads: 1 });
    await pool.close();
    await pool.close();
    expect(await refusalOfAsync(() => pool.train(JOBS[0]))).toBe('TRAINING_CLOSED');
  });

  it('finishes the job that runs when it is closed, and refuses the one that waits', async () => {
    const pool = new TrainingPool({ threads: 1 });
    const [running, waiting] = JOBS.map((job) => pool.train(job));
    const refusal = refusalOfAsync(() => waiting);
    const closed = pool.close();
    expect(await running).toEqual(ON_MAIN_THREAD[0]);
    expect(await refusal).toBe('TRAINING_CLOSED');
    await closed;
  });

  it('says how to get the compiled worker when it is missing', () => {
    expect(refusalOf(() => workerFile(['./nowhere.js']))).toBe('TRAINING_WORKER_NOT_BUILT');
  });

  it('needs at least one thread', () => {
    for (const threads of [0, 1.5])
      expect(refusalOf(() => new TrainingPool({ threads }))).toBe('TRAINING_THREADS_INVALID');
  });
});

describe('a thread that helps', () => {
  it('goes home when there is nobody to help any more', () => {
    const control = newControl();
    dismiss(control);
    const { port1 } = new MessageChannel();
    help({ control, port: port1 });
    port1.close();
    expect(control[0]).toBe(3);
  });
});

describe('the native SHA-256', () => {
  it('gives the digests of the portable one', () => {
    expect(rebuildShard({ ...JOBS[0], hash: nodeSha256 })).toEqual(ON_MAIN_THREAD[0]);
  });
});
