import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { isReachable, openLocalBucket, testDatabase, type LocalBucket } from '#libs/testkit';
import { openWorker } from '../apps/worker/index.js';
import { Mark } from './support/marks.js';
import {
  interactionsOf,
  openSmall,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
} from './support/small-installation.js';

/*
 * leaks.spec for what an installation keeps outside of its data folder: a person's id and a word of her records go in, a worker trains, she
 * is erased; then queue, hand-over table, read models, objects and webhooks are searched for both.
 */

const REDIS = 'redis://127.0.0.1:6379/8';
const REQUEST = '7f1d9b1e-0000-4000-8000-0000000000d1';
const MINUTES = 120_000;
const NAME = new Mark('yh8rpersonsname');
const DATA = new Mark('bq5wrecordsword');
const ANA = `ana-${NAME.word}`;
const TIMING = { look: 200 };

const folders = new TemporaryFolders();
const database = await testDatabase('leaks');
const isComplete = database !== undefined && (await isReachable('Redis', 6379));

(isComplete ? describe : describe.skip)('outside of the data folder', () => {
  let bucket: LocalBucket;
  const webhooks: string[] = [];
  const hook = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => webhooks.push(chunk.toString()));
    request.on('end', () => response.end());
  });
  beforeAll(async () => {
    bucket = await openLocalBucket();
    await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready));
  });
  afterAll(async () => {
    hook.closeAllConnections();
    hook.close();
    await bucket.close();
    await database!.drop();
    folders.remove();
  });

  /** Every key and value of the installation, as the server would write it to a file. */
  async function inRedis(redis: Redis, installation: string): Promise<Buffer> {
    const keys = await redis.keys(`*lacuna-${installation}*`);
    const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return Buffer.concat(keys.flatMap((key, at) => [Buffer.from(`${key}\n`), values[at] ?? Buffer.alloc(0)]));
  }

  /** Every row of every table, by table; bytes as hexadecimal digits. */
  async function inPostgres(): Promise<Map<string, string>> {
    const tables = await database!.query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const rows = new Map<string, string>();
    for (const { name } of tables as { name: string }[]) {
      const found = (await database!.query(`SELECT t::text AS row FROM ${name} t`)) as { row: string }[];
      rows.set(name, found.map(({ row }) => row).join('\n'));
    }
    return rows;
  }

  async function inBucket(): Promise<Map<string, Uint8Array>> {
    const { endpoint, region } = bucket.address;
    const client = new S3Client({ endpoint, region, forcePathStyle: true });
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket.address.bucket }));
    const objects = new Map<string, Uint8Array>();
    for (const { Key } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket.address.bucket, Key }));
      objects.set(Key!, await Body!.transformToByteArray());
    }
    client.destroy();
    return objects;
  }

  const tablesWith = (mark: Mark, tables: ReadonlyMap<string, string>): string[] =>
    [...tables].filter(([, rows]) => mark.isIn(rows)).map(([name]) => name);

  it(
    'nobody’s id is kept, and nothing of a person after the erasure',
    async () => {
      const backends = {
        redis: REDIS,
        postgres: database!.url,
        models: { ...bucket.address, prefix: 'leaks/' },
      };
      const installation = await openSmall(folders.next(), {
        backends,
        queueTiming: TIMING,
        settings: { recipients: { allowHttp: true, allowPrivateAddresses: true } },
      });
      const redis = new Redis(REDIS);
      const worker = await openWorker({ backends, concurrency: 1, name: 'worker-1', timing: TIMING });
      const own = installation.settings.installation;
      let queued = Buffer.alloc(0);
      let isOver = false;
      const watching = (async () => {
        while (!isOver) {
          queued = Buffer.concat([queued, await inRedis(redis, own)]);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      try {
        const mine = interactionsOf([PEOPLE[0]]).map((one) => ({
          ...one,
          subject: ANA,
          type: `${DATA.word}type`,
        }));
        await populate(installation, [...interactionsOf(), ...mine]);
        await installation.recipients.registry.add({
          recipientId: randomUUID(),
          name: 'mail-provider',
          url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`,
          signing: 'hmac-sha256',
        });
        await installation.trainings.train();
        const before = await inPostgres();
        expect(tablesWith(NAME, before)).toEqual([]);
        expect(tablesWith(DATA, before)).toEqual([expect.stringContaining('training_records')]); // so that the search can find something
        const { finished } = await installation.requests.erase({
          requestId: REQUEST,
          externalId: ANA,
          channel: 'cli',
        });
        await finished;
        await installation.deliverNow();
        isOver = true;
        await watching;

        const after = await inPostgres();
        expect([...tablesWith(NAME, after), ...tablesWith(DATA, after)]).toEqual([]);
        expect(after.get('public.lacuna_training_inputs')).toBe('');
        expect(queued.toString('latin1')).toContain('worker-1');
        expect([NAME.isIn(queued), DATA.isIn(queued), queued.includes(PURPOSE)]).toEqual([
          false,
          false,
          false,
        ]);
        const objects = await inBucket();
        expect(objects.size).toBeGreaterThan(3);
        for (const [key, bytes] of objects)
          expect([key, NAME.isIn(key), DATA.isIn(key), NAME.isIn(bytes), DATA.isIn(bytes)]).toEqual([
            key,
            ...[false, false, false, false],
          ]);
        // A recipient has to know whom it is told of (docs/decisions/0028), and needs nothing else.
        expect([NAME.isIn(webhooks.join('')), DATA.isIn(webhooks.join(''))]).toEqual([true, false]);
      } finally {
        isOver = true;
        await watching;
        await worker.close(0);
        const left = await redis.keys(`*lacuna-${own}*`);
        if (left.length > 0) await redis.del(...left);
        redis.disconnect();
        await installation.close();
      }
    },
    MINUTES,
  );
});
