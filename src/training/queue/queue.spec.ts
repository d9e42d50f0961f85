import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/essentials';
import { buildAggregator, rebuildShard, type ShardWork, type TrainedShard } from '#libs/learning';
import type { JobPart } from '#libs/portal-contract';
import { isReachable, jobsOf, refusalOfAsync, smallGenesis, type World } from '#libs/testkit';
import { LocalTrainer, ModelRegistry, TrainingPool } from '../index.js';
import {
  FolderInputs,
  JobQueue,
  JobWorker,
  QueuedTrainer,
  type JobWorkerParts,
  type QueuedTrainerParts,
  type QueuePlace,
  type ToldJob,
} from './index.js';
import { storeShard } from '../job-files.js';
import { parseJob, priorityOf } from './rebuild-job.js';
import { checkRedis, openRedis } from './redis.js';

const URL = 'redis://127.0.0.1:6379/9';
const TIMING = { lock: 1_500, stalled: 400, look: 100, again: 50, answer: 500 };
const GRACE = 5_000;
const ITEMS = Array.from({ length: 12 }, (_, at) => `item-${at}`);
const WORLD: World = {
  items: ITEMS,
  people: Array.from({ length: 30 }, (_, at) => ({
    subject: `person-${at}`,
    items: ITEMS.filter((_item, index) => (at + index) % 3 > 0),
  })),
};
const WORKS: ShardWork[] = jobsOf(WORLD).map((job) => ({ ...job, checkpoints: [] }));
const TICKET = { rebuildId: 'main-v1', line: 'main', version: 1 };
const describeWithRedis = (await isReachable('Redis', 6379)) ? describe : describe.skip;

class OutOfReach extends CodedError<'OBJECT_STORE_UNREACHABLE'> {}

let pool: TrainingPool;
let folder: string;
let files: ModelRegistry;
let inputs: FolderInputs;
let place: QueuePlace;
let trained: TrainedShard[];
const toClose: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  pool = new TrainingPool({ threads: 1 });
  const home = await mkdtemp(path.join(tmpdir(), 'lacuna-expected-'));
  trained = await Promise.all(
    WORKS.map((work) =>
      storeShard(rebuildShard({ ...work, checkpoints: [], previous: undefined }), new ModelRegistry(home)),
    ),
  );
  await rm(home, { recursive: true });
});
afterAll(() => pool.close());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lacuna-queue-'));
  files = new ModelRegistry(path.join(folder, 'models'));
  inputs = new FolderInputs(path.join(folder, 'jobs'));
  place = { url: URL, installation: randomUUID(), codeDigest: 'c'.repeat(64) };
});
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
  await withRedis(async (redis) => void (await loseEverything(redis)));
  await rm(folder, { recursive: true });
});

async function withRedis<T>(work: (redis: ReturnType<typeof openRedis>) => Promise<T>): Promise<T> {
  const redis = openRedis(URL);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Keys of the installation. */
const keysOf = (redis: ReturnType<typeof openRedis>): Promise<string[]> =>
  redis.keys(`*lacuna-${place.installation}*`);

async function loseEverything(redis: ReturnType<typeof openRedis>): Promise<number> {
  const keys = await keysOf(redis);
  return keys.length === 0 ? 0 : redis.del(...keys);
}

function keeper(changes: Partial<QueuedTrainerParts> = {}): QueuedTrainer {
  const trainer = new QueuedTrainer({ queue: new JobQueue(place, TIMING), files, inputs, ...changes });
  toClose.push(() => trainer.close());
  return trainer;
}

async function worker(changes: Partial<JobWorkerParts> = {}): Promise<JobWorker> {
  const made = new JobWorker(place, { pool, files, inputs, concurrency: 1, ...changes }, TIMING);
  toClose.push(() => made.close(0));
  await made.start();
  return made;
}

/** Fails when the signal says so, also where it has said so already. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = (): void => reject(new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail);
  });

const mapOf = (shard: number) => ({ map: () => ({ datasetRoot: trained[shard].datasetRoot }) });
const train = (trainer: QueuedTrainer, shard: number, ticket: object = {}): Promise<TrainedShard> =>
  trainer.train(WORKS[shard], { ...TICKET, ...ticket }, mapOf(shard));
const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** So many jobs wait. */
const untilQueued = (count: number): Promise<void> =>
  withRedis((redis) => {
    const waiting = `{lacuna-${place.installation}}:rebuilds-${'c'.repeat(16)}:prioritized`;
    return until(async () => (await redis.zcard(waiting)) === count);
  });

describeWithRedis('jobs in the queue', () => {
  it('are made by workers as threads make them, byte for byte, aggregators, too', async () => {
    const trainer = keeper();
    await worker();
    await worker();
    expect(await Promise.all(WORKS.map((_, shard) => train(trainer, shard)))).toEqual(trained);
    const shards = trained.map(({ shard, count, digest }) => ({ shard, count, digest }));
    const digest = await trainer.aggregate({ genesis: smallGenesis(), items: ITEMS, shards }, TICKET);
    const read = async (one: TrainedShard) => ({ ...one, file: await files.get(one.digest) });
    const job = { genesis: smallGenesis(), items: ITEMS, shards: await Promise.all(trained.map(read)) };
    expect(Buffer.compare(await files.get(digest), buildAggregator(job))).toBe(0);
  });

  it('are given everything that the catalogue has, categories and features, too', async () => {
    const lists = { items: ITEMS, categories: ITEMS.map(() => ['drama']), features: ['age=25', 'age=35'] };
    const given: object[] = [];
    const note = async <T extends object>(job: T | (() => Promise<T>)): Promise<T> => {
      const made = typeof job === 'function' ? await job() : job;
      given.push(made);
      return made;
    };
    const trainer = keeper();
    await worker({
      pool: {
        train: (job, beside) => pool.train(() => note(job), beside),
        aggregate: (job, beside) => pool.aggregate(() => note(job), beside),
      },
    });
    const works = WORKS.map((work) => ({ ...work, ...lists }));
    const shards = await Promise.all(works.map((work) => trainer.train(work, TICKET, mapOf(work.shard))));
    await trainer.aggregate({ genesis: smallGenesis(), ...lists, shards }, TICKET);
    expect(given).toMatchObject([...works, {}].map(() => lists));
  });

  it('say nothing of a person or an item, whatever is looked at, and are gone when they are done', async () => {
    const trainer = keeper();
    const done = Promise.all(WORKS.map((_, shard) => train(trainer, shard)));
    const failing = await worker({
      files: {
        get: (digest) => files.get(digest),
        put: () => Promise.reject(new Error('person-1 likes item-1')),
      },
    });
    let seen = '';
    await withRedis(async (redis) => {
      for (let looked = 0; looked < 40; looked++) {
        for (const key of await keysOf(redis))
          seen += `${key} ${(await redis.dumpBuffer(key))?.toString('latin1') ?? ''}\n`;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    });
    await failing.close(0);
    await worker();
    await done;
    expect(seen.length).toBeGreaterThan(1_000);
    expect(seen).toContain('main-v1');
    expect(seen).not.toMatch(/person-|item-|likes/);
    await withRedis(async (redis) => {
      const left = (await keysOf(redis)).filter((key) => /:[0-9a-f]{40}/.test(key));
      expect(left).toEqual([]);
    });
    expect(await inputs.get('0'.repeat(64))).toBeUndefined();
  });

  it('are queued once, however often they are ordered', async () => {
    const orders = [keeper(), keeper()].map((trainer) => train(trainer, 0));
    await untilQueued(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await untilQueued(1);
    const ids = new Set<string>();
    await worker({ onJob: ({ id }) => void ids.add(id) });
    expect(await Promise.all(orders)).toEqual([trained[0], trained[0]]);
    expect(ids.size).toBe(1);
  });

  it('are taken in the order of their deadlines, trainings last', async () => {
    const trainer = keeper();
    const dueAt = [undefined, '2026-03-01T00:00:00Z', '2026-02-01T00:00:00Z'];
    const all = Promise.all(
      dueAt.map((due, shard) => train(trainer, shard % WORKS.length, { rebuildId: `r${shard}`, dueAt: due })),
    );
    await untilQueued(3);
    const order: string[] = [];
    await worker({ onJob: ({ state, rebuildId }) => state === 'begun' && order.push(rebuildId) });
    await all;
    expect(order).toEqual(['r2', 'r1', 'r0']);
    expect(priorityOf('2020-01-01T00:00:00Z')).toBe(1);
    expect(priorityOf('9999-01-01T00:00:00Z')).toBeLessThan(priorityOf(undefined));
  });

  it('are tried again where something could not be reached, and not where they are refused', async () => {
    let failures = 2;
    const put = (bytes: Uint8Array): Promise<string> =>
      failures-- > 0
        ? Promise.reject(new OutOfReach('OBJECT_STORE_UNREACHABLE', 'no way'))
        : files.put(bytes);
    await worker({ files: { get: (digest) => files.get(digest), put } });
    const trainer = keeper();
    expect(await train(trainer, 0)).toEqual(trained[0]);
    expect(failures).toBeLessThan(0);
    const impossible = { ...WORKS[1], shard: 77 };
    const refused = trainer.train(impossible, TICKET, mapOf(1));
    expect(await refusalOfAsync(() => refused)).toBe('JOB_REFUSED');
    await expect(refused).rejects.toMatchObject({ facts: { reason: 'SHARD_OUT_OF_RANGE' } });
  });

  it('are sent again when everything in the queue is lost, waiting or begun', async () => {
    const trainer = keeper();
    const all = Promise.all(WORKS.map((_, shard) => train(trainer, shard)));
    await withRedis(async (redis) => {
      await until(async () => (await loseEverything(redis)) > 3);
      const begun = new Set<string>();
      await worker({ onJob: ({ id }) => void begun.add(id) });
      await until(() => begun.size > 0);
      await loseEverything(redis);
    });
    expect(await all).toEqual(trained);
  });

  it('are done again when their files are not what the worker said', async () => {
    let lies = 1;
    const put = async (bytes: Uint8Array): Promise<string> => {
      const digest = await files.put(bytes);
      if (lies-- > 0) await files.keepOnly({ digests: new Set(), versions: [] });
      return digest;
    };
    await worker({ files: { get: (digest) => files.get(digest), put } });
    expect(await train(keeper(), 0)).toEqual(trained[0]);
    expect(await files.get(trained[0].digest)).toBeDefined();
  });

  it('fail as stale where their records are not there any more, and are provided again', async () => {
    const reasons: unknown[] = [];
    let isGone = true;
    const get = async (digest: string): Promise<Uint8Array | undefined> => {
      if (!isGone) return inputs.get(digest);
      isGone = false;
      return undefined;
    };
    await worker({ inputs: { get }, onJob: ({ reason }) => reason && reasons.push(reason) });
    expect(await train(keeper(), 0)).toEqual(trained[0]);
    expect(reasons).toEqual(['JOB_STALE']);
  });

  it('are not over before their records are gone, however long that takes', async () => {
    let failures = 3;
    const troubles: unknown[] = [];
    const stubborn = {
      put: inputs.put.bind(inputs),
      get: inputs.get.bind(inputs),
      close: inputs.close.bind(inputs),
      keepOnly: (digests: ReadonlySet<string>) =>
        failures-- > 0
          ? Promise.reject(new OutOfReach('OBJECT_STORE_UNREACHABLE', 'away'))
          : inputs.keepOnly(digests),
    };
    await worker();
    const trainer = keeper({ inputs: stubborn, onTrouble: (reason) => troubles.push(reason) });
    expect(await train(trainer, 0)).toEqual(trained[0]);
    expect(await readdir(path.join(folder, 'jobs'))).toEqual([]);
    expect(troubles).toHaveLength(3);
  });

  it('end when the rebuild is given up, also where a worker has begun', async () => {
    const told: ToldJob[] = [];
    const never = new Promise<never>(() => {});
    const hanging = {
      train: (_: unknown, { signal }: { signal?: AbortSignal } = {}) =>
        Promise.race([never, aborted(signal!)]),
      aggregate: () => never,
    };
    await worker({ pool: hanging, name: 'host-1', onJob: (job) => told.push(job) });
    const trainer = keeper();
    const job = train(trainer, 0);
    job.catch(() => {});
    await until(() => told.length > 0);
    const heard = (): JobPart | undefined =>
      trainer.partsOf('main-v1').find(({ worker }) => worker === 'host-1');
    await until(() => heard() !== undefined);
    const first = heard()!.heardAt!;
    await until(() => heard()!.heardAt! > first); // though no round has ended
    await until(() => trainer.partsOf('main-v1').some(({ state }) => state === 'active'));
    await trainer.giveUp('main-v1');
    expect(await refusalOfAsync(() => job)).toBe('JOB_CANCELLED');
    await until(() => told.length > 1);
    expect(told[1]).toMatchObject({ state: 'failed', reason: 'JOB_CANCELLED' });
    expect(trainer.partsOf('main-v1')).toEqual([]);
  });

  it('are given back by a worker that has to end, and taken by another', async () => {
    const told: ToldJob[] = [];
    const hanging = {
      train: (_: unknown, { signal }: { signal?: AbortSignal } = {}) => aborted(signal!),
      aggregate: () => new Promise<never>(() => {}),
    };
    const ending = await worker({ pool: hanging, onJob: (job) => told.push(job) });
    const job = train(keeper(), 0);
    await until(() => told.length > 0);
    await ending.close(50);
    expect(told.at(-1)).toMatchObject({ state: 'given back' });
    await worker();
    expect(await job).toEqual(trained[0]);
  });

  it('are let end by a worker that has time', async () => {
    const told: ToldJob[] = [];
    const ending = await worker({ onJob: (job) => told.push(job) });
    const job = train(keeper(), 0);
    await until(() => told.length > 0);
    await ending.close(GRACE);
    expect(told.at(-1)).toMatchObject({ state: 'done' });
    expect(await job).toEqual(trained[0]);
  });

  it('are made by the keeper itself where it may, when no worker is there or the Redis is not', async () => {
    const fallback = { trainer: new LocalTrainer(pool, files), after: 200 };
    expect(await train(keeper({ fallback }), 0)).toEqual(trained[0]);
    place = { ...place, url: 'redis://127.0.0.1:9' };
    const reasons: unknown[] = [];
    const alone = keeper({ fallback, onTrouble: (reason) => reasons.push(reason) });
    expect(await train(alone, 1)).toEqual(trained[1]);
    expect(reasons[0]).toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    place = { ...place, url: URL };
  });

  it('go to workers of the same build only', async () => {
    const told: ToldJob[] = [];
    const trainer = keeper();
    const job = train(trainer, 0);
    await withRedis((redis) =>
      until(async () => (await redis.exists(`{lacuna-${place.installation}}:build`)) === 1),
    );
    const other = new JobWorker(
      { ...place, codeDigest: 'd'.repeat(64) },
      { pool, files, inputs, concurrency: 1, onJob: (one) => told.push(one) },
      TIMING,
    );
    toClose.push(() => other.close(0));
    expect(await refusalOfAsync(() => other.start())).toBe('WORKER_BUILD_DIFFERS');
    await worker();
    await job;
    expect(told).toEqual([]);
  });

  it('end with the keeper, and go on with the next', async () => {
    const first = keeper();
    const job = train(first, 0);
    job.catch(() => {});
    await until(() => first.partsOf('main-v1').length > 0);
    await untilQueued(1);
    await first.close();
    expect(await refusalOfAsync(() => job)).toBe('QUEUE_CLOSED');
    await worker();
    expect(await train(keeper(), 0)).toEqual(trained[0]);
  });
});

describe('a job that somebody else has queued', () => {
  const hex = 'a'.repeat(64);
  const base = { line: 'main', rebuildId: 'main-v1', version: 1, sheet: hex };
  const shard = { ...base, part: 'shard', shard: 0, datasetRoot: hex, input: hex, checkpoints: [] };

  it('is taken where it is whole', () => {
    expect(parseJob(shard)).toEqual(shard);
    expect(parseJob({ ...base, part: 'aggregator', shards: [{ shard: 0, count: 1 }] })).toBeDefined();
  });

  it.each([
    null,
    'text',
    {},
    { ...shard, part: 'other' },
    { ...shard, sheet: '../../secret' },
    { ...shard, shard: -1 },
    { ...shard, checkpoints: [{}] },
    { ...shard, previous: { datasetRoot: hex, digest: hex, position: 'x' } },
    { ...base, part: 'aggregator', shards: [{ shard: 0 }] },
    { ...base, part: 'aggregator', shards: [], input: 'x' },
  ])('is refused: %j', (job) => {
    expect(() => parseJob(job)).toThrow(expect.objectContaining({ code: 'JOB_MALFORMED' }));
  });
});

describe('the Redis of the queue', () => {
  it.each(['', 'localhost:6379', 'http://localhost'])('is refused where it is none: %j', async (url) => {
    expect(await refusalOfAsync(() => checkRedis(url))).toBe('QUEUE_URL_MALFORMED');
  });

  it('is not tried for ever by a keeper that was closed while it was away', async () => {
    let attempts = 0;
    const away = createServer((socket) => {
      attempts++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const { port } = away.address() as AddressInfo;
    const queue = new JobQueue({ ...place, url: `redis://127.0.0.1:${port}` }, TIMING);
    await until(() => attempts > 5);
    await queue.close();
    const before = attempts;
    await pause(3_000);
    expect(attempts - before).toBeLessThanOrEqual(1); // whoever was waiting to try once more
    await new Promise((resolve) => away.close(resolve));
  });

  it('is not waited for after its connection was closed, nor after that of a copy', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
    const before = timers();
    const redis = openRedis(URL);
    for (const one of [redis, redis.duplicate()]) {
      const waiting = one.blpop(`{lacuna-${place.installation}}:nothing`, 0).catch(() => undefined);
      await until(() => one.status === 'ready');
      await pause(50);
      expect(timers()).toBeGreaterThan(before);
      one.disconnect();
      await waiting;
    }
    await until(() => timers() <= before);
  });

  it('is said not to answer', async () => {
    expect(await refusalOfAsync(() => checkRedis('redis://127.0.0.1:9'))).toBe('QUEUE_UNREACHABLE');
  });

  it('that asks for other credentials is said to refuse them', async () => {
    if (await isReachable('Redis', 6379))
      expect(await refusalOfAsync(() => checkRedis('redis://nobody:secret@127.0.0.1:6379'))).toBe(
        'QUEUE_DENIED',
      );
  });
});
