import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { utf8 } from '#libs/essentials';
import { isReachable, refusalOf } from '#libs/testkit';
import { FolderInputs } from './folder-inputs.js';
import { PostgresInputs } from './postgres-inputs.js';
import { digestOfPieces } from './content-digest.js';
import { packSubjects, unpackSubjects } from './subject-groups.js';
import type { TrainingInputs } from './training-inputs.js';

const HEX = '0'.repeat(64);

async function put(inputs: TrainingInputs, ...pieces: Uint8Array[]): Promise<string> {
  const digest = digestOfPieces(pieces);
  await inputs.put(pieces, digest);
  return digest;
}

function describeInputs(open: () => Promise<TrainingInputs>): void {
  let inputs: TrainingInputs;
  beforeEach(async () => {
    inputs = await open();
  });
  afterEach(() => inputs.close());

  it('gives records back by their digest, however large they are', async () => {
    const large = new Uint8Array(5_000_000).map((_, at) => at % 251);
    const pieces = [
      large.subarray(0, 7),
      new Uint8Array(0),
      large.subarray(7, 4_900_000),
      large.subarray(4_900_000),
    ];
    const digest = await put(inputs, ...pieces);
    expect(await put(inputs, large)).toBe(digest);
    expect(Buffer.compare((await inputs.get(digest))!, large)).toBe(0);
    expect(await inputs.get(HEX)).toBeUndefined();
    expect(await inputs.get('../secret')).toBeUndefined();
  });

  it('destroys what is not needed any more', async () => {
    const [one, two] = [await put(inputs, utf8('one')), await put(inputs, utf8('two'))];
    await inputs.keepOnly(new Set([two]));
    expect([await inputs.get(one), await inputs.get(two)]).toEqual([undefined, utf8('two')]);
    await inputs.keepOnly(new Set());
    await inputs.keepOnly(new Set());
    expect(await inputs.get(two)).toBeUndefined();
  });
}

describe('records of jobs in a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lacuna-inputs-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  describeInputs(async () => new FolderInputs(path.join(folder, 'jobs')));

  it('can be read by their owner alone', async () => {
    const digest = await put(new FolderInputs(path.join(folder, 'jobs')), utf8('records'));
    expect((await stat(path.join(folder, 'jobs', digest))).mode & 0o777).toBe(0o600);
  });
});

const DATABASE = 'lacuna_spec_training_inputs';
const at = (database: string): string => `postgres://postgres@127.0.0.1:5432/${database}`;
const describeWithPostgres = (await isReachable('PostgreSQL', 5432)) ? describe : describe.skip;

describeWithPostgres('records of jobs in PostgreSQL', () => {
  const asOwner = async (sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: at('postgres') });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  beforeAll(async () => {
    await asOwner(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    await asOwner(`CREATE DATABASE ${DATABASE}`);
  });
  afterAll(() => asOwner(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`));
  describeInputs(() => PostgresInputs.open(at(DATABASE), 'keeps'));

  it('are never in the write-ahead log', async () => {
    const client = new pg.Client({ connectionString: at(DATABASE) });
    await client.connect();
    const { rows } = await client.query(
      "SELECT relpersistence FROM pg_class WHERE relname = 'lacuna_training_inputs'",
    );
    await client.end();
    expect(rows).toEqual([{ relpersistence: 'u' }]);
  });

  it('are simply not there before the keeper has made a place for them', async () => {
    const client = new pg.Client({ connectionString: at(DATABASE) });
    await client.connect();
    await client.query('DROP TABLE lacuna_training_inputs');
    await client.end();
    const reader = await PostgresInputs.open(at(DATABASE), 'reads');
    expect(await reader.get(HEX)).toBeUndefined();
    await reader.close();
  });
});

describe('records on their way to a worker', () => {
  it('come out as they went in, people without records, too', () => {
    const groups = [
      [
        { subject: 'a', records: Uint8Array.of(1, 2, 3) },
        { subject: 'ü', records: new Uint8Array(0) },
      ],
      [],
      [{ subject: 'a', records: Uint8Array.of(4) }],
    ];
    expect(unpackSubjects(Buffer.concat(packSubjects(groups)))).toEqual(groups);
  });

  it.each([
    ['nothing', () => new Uint8Array(0)],
    ['a head that is cut off', () => Uint8Array.of(0, 0, 0, 9, 1)],
    ['bytes too many', () => Uint8Array.of(...Buffer.concat(packSubjects([[]])), 1)],
  ])('are refused where they are %s', (_, bytes) => {
    expect(refusalOf(() => unpackSubjects(bytes()))).toBe('JOB_MALFORMED');
  });
});
