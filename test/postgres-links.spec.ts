import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { refusalOfAsync, testDatabase } from '#libs/testkit';
import { WatchedClient } from '#platform/postgres';
import { PostgresInputs } from '#stages/training/queue';
import { FaultyWire } from './support/esdb/faulty-wire.js';

const SILENCE = 200; // ms
const LONG = 4 * SILENCE;
const LOCK = 7_301;

const database = await testDatabase('links');
const server = new URL(database?.url ?? 'postgresql://127.0.0.1:5432');
afterAll(() => database?.drop());

(database === undefined ? describe.skip : describe)('a link to PostgreSQL', () => {
  let wire: FaultyWire;
  let pool: pg.Pool;
  let url: string;
  beforeEach(async () => {
    wire = await FaultyWire.to(Number(server.port));
    url = Object.assign(new URL(server), { port: String(wire.port) }).href;
    pool = new pg.Pool({
      connectionString: url,
      max: 1,
      Client: WatchedClient,
      silence: SILENCE,
    } as pg.PoolConfig);
    pool.on('error', () => undefined);
  });
  afterEach(async () => {
    await pool.end();
    await wire.close();
  });

  const isLocked = async (): Promise<boolean> => {
    const [{ locked }] = await database!.query(
      'SELECT EXISTS (SELECT FROM pg_locks WHERE objid = $1) AS locked',
      [LOCK],
    );
    return locked as boolean;
  };

  it('that has silently died is given up by whoever meets it, and its session ends with its locks', async () => {
    await pool.query('SELECT pg_advisory_lock($1)', [LOCK]);
    wire.abandon();
    await expect(pool.query('SELECT 1')).rejects.toThrow('Connection terminated');
    expect(await isLocked()).toBe(false);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('is kept while the server works, however long, and while answers arrive', async () => {
    const { rows } = await pool.query(`SELECT 'done' AS state, pg_sleep(${LONG / 1000})`);
    expect(rows).toMatchObject([{ state: 'done' }]);
    wire.slow(() => SILENCE / 4);
    const large = await pool.query(`SELECT repeat('x', 2000000) AS text`);
    expect((large.rows as { text: string }[])[0].text).toHaveLength(2_000_000);
  });

  it('that stands still altogether is waited for', async () => {
    await pool.query('SELECT 1');
    const answer = pool.query('SELECT 2 AS two');
    wire.stall(true);
    await new Promise((resolve) => setTimeout(resolve, LONG));
    wire.stall(false);
    expect((await answer).rows).toEqual([{ two: 2 }]);
  });

  it('that is cut while records of jobs are handed over is said to be so, and is there again with the server', async () => {
    const inputs = await PostgresInputs.open(url, 'keeps');
    await inputs.put([Buffer.from('records')], 'a'.repeat(64));
    wire.refuse(true);
    expect(await refusalOfAsync(() => inputs.put([Buffer.from('others')], 'b'.repeat(64)))).toBe(
      'JOB_RECORDS_UNREACHABLE',
    );
    expect(await refusalOfAsync(() => inputs.keepOnly(new Set()))).toBe('JOB_RECORDS_UNREACHABLE');
    wire.refuse(false);
    await database!.query('DROP TABLE lacuna_training_inputs'); // a standby took over that is older than it
    await inputs.put([Buffer.from('others')], 'b'.repeat(64));
    expect(await database!.query('SELECT * FROM lacuna_training_inputs')).toHaveLength(1);
    await inputs.keepOnly(new Set());
    expect(await database!.query('SELECT * FROM lacuna_training_inputs')).toEqual([]);
    await inputs.close();
  });
});
