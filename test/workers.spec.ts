import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { ModelManifest } from '#libs/contracts';
import { isReachable, openLocalBucket, type LocalBucket } from '#libs/testkit';
import { builtFile } from '#platform/build';
import type { Backends, Installation } from '../apps/installation/index.js';
import { lacuna } from './support/lacuna-process.js';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const REDIS = 'redis://127.0.0.1:6379/8';
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const MINUTES = 120_000;
const TIMING = { lock: 3_000, stalled: 1_000, look: 300, again: 100 };
const describeWithRedis = (await isReachable('Redis', 6379)) ? describe : describe.skip;

const folders = new TemporaryFolders();
let populated: string;
let embedded: ModelManifest[];
const children: ChildProcess[] = [];

/** Manifests of a training and of the version after an erasure. */
async function trainAndErase({ trainings, requests }: Installation): Promise<ModelManifest[]> {
  await trainings.train();
  const before = (await trainings.servingManifest())!;
  const erasure = { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' } as const;
  await (
    await requests.erase(erasure)
  ).finished;
  return [before, (await trainings.servingManifest())!];
}

/** A worker as a process of its own; resolves when it takes jobs. */
async function startWorker(env: Record<string, string>, ...argv: string[]): Promise<ChildProcess> {
  const args = [builtFile('apps/cli/main.js'), ...argv, 'worker', '--concurrency', '1'];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let heard = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes('takes 1 jobs')) resolve();
    });
    child.stderr.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`a worker ended with ${code}: ${heard}`)));
  });
  return child;
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill(signal);
  return ended;
}

async function keysOf(installation: string): Promise<string[]> {
  const redis = new Redis(REDIS);
  try {
    return await redis.keys(`*lacuna-${installation}*`);
  } finally {
    redis.disconnect();
  }
}

async function loseQueue({ settings }: Installation): Promise<void> {
  const redis = new Redis(REDIS);
  const keys = await redis.keys(`*lacuna-${settings.installation}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
}

beforeAll(async () => {
  populated = folders.next();
  await using(populated, populate);
  embedded = await using(folders.copyOf(populated), trainAndErase);
}, MINUTES);
afterEach(async () => {
  for (const child of children.splice(0)) await stopped(child, 'SIGKILL');
});
afterAll(() => folders.remove());

describeWithRedis('workers on the host of the api', () => {
  it(
    'make the very files that threads make, and the queue forgets each job',
    async () => {
      const folder = folders.copyOf(populated);
      const backends: Backends = { redis: REDIS };
      const scaled = await using(
        folder,
        async (installation) => {
          for (let started = 0; started < 2; started++)
            await startWorker({ LACUNA_REDIS_URL: REDIS }, '--data-folder', folder);
          const manifests = await trainAndErase(installation);
          const jobs = (await keysOf(installation.settings.installation)).filter((key) =>
            /[0-9a-f]{40}$/.test(key),
          );
          expect(jobs).toEqual([]);
          for (const child of children) expect(await stopped(child, 'SIGTERM')).toBe(0);
          await loseQueue(installation);
          return manifests;
        },
        { backends, queueTiming: TIMING },
      );
      expect(scaled).toEqual(embedded);
    },
    MINUTES,
  );

  it(
    'may be killed and the queue lost in the middle of a rebuild: others finish it, with the same bytes',
    async () => {
      const folder = folders.copyOf(populated);
      const scaled = await using(
        folder,
        async (installation) => {
          const env = { LACUNA_REDIS_URL: REDIS };
          const victim = await startWorker(env, '--data-folder', folder);
          const done = trainAndErase(installation);
          await new Promise((resolve) => setTimeout(resolve, 100));
          await stopped(victim, 'SIGKILL');
          await loseQueue(installation);
          await startWorker(env, '--data-folder', folder);
          const manifests = await done;
          await loseQueue(installation);
          return manifests;
        },
        { backends: { redis: REDIS }, queueTiming: TIMING },
      );
      expect(scaled).toEqual(embedded);
    },
    MINUTES,
  );
});

const DATABASE = 'lacuna_spec_workers';
const server = (database: string): string => `postgres://postgres@127.0.0.1:5432/${database}`;
const hasPostgres = await isReachable('PostgreSQL', 5432);

async function asOwner(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server('postgres') });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

(hasPostgres ? describeWithRedis : describe.skip)('workers on other hosts', () => {
  const postgres = server(DATABASE);
  let bucket: LocalBucket;
  beforeAll(async () => {
    bucket = await openLocalBucket();
    await asOwner(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`, `CREATE DATABASE ${DATABASE}`);
  });
  afterAll(async () => {
    await bucket.close();
    await asOwner(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  });

  it(
    'need addresses only, and make the same files',
    async () => {
      const models = { ...bucket.address, prefix: 'workers/' };
      const folder = folders.copyOf(populated);
      const scaled = await using(
        folder,
        async (installation) => {
          await startWorker({
            LACUNA_REDIS_URL: REDIS,
            LACUNA_POSTGRES_URL: postgres,
            LACUNA_MODEL_STORE: 's3://models/workers',
            LACUNA_S3_ENDPOINT: bucket.address.endpoint,
            AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID!,
            AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY!,
          });
          const manifests = await trainAndErase(installation);
          await loseQueue(installation);
          return manifests;
        },
        { backends: { redis: REDIS, postgres, models }, queueTiming: TIMING },
      );
      expect(scaled).toEqual(embedded);
    },
    MINUTES,
  );
});

describe('a worker that cannot work', () => {
  const refused = async (env: Record<string, string>, ...argv: string[]): Promise<string> => {
    const { err, exitCode } = await lacuna([...argv, 'worker'], env);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^What to do: .+/m);
    return err;
  };

  const SLOW = 90_000; // six processes

  it(
    'names the setting that is missing',
    async () => {
      expect(await refused({})).toMatch(/WORKER_SETTING_MISSING.*LACUNA_REDIS_URL/);
      expect(await refused({ LACUNA_REDIS_URL: 'redis://127.0.0.1:9' })).toMatch(/QUEUE_UNREACHABLE/);
      expect(await refused({ LACUNA_REDIS_URL: 'localhost' })).toMatch(/QUEUE_URL_MALFORMED/);
      if (!(await isReachable('Redis', 6379))) return;
      expect(await refused({ LACUNA_REDIS_URL: REDIS })).toMatch(
        /WORKER_SETTING_MISSING.*LACUNA_MODEL_STORE/,
      );
      const empty = folders.next();
      expect(await refused({ LACUNA_REDIS_URL: REDIS }, '--data-folder', path.join(empty, 'none'))).toMatch(
        /INSTALLATION_MISSING/,
      );
    },
    SLOW,
  );
});
