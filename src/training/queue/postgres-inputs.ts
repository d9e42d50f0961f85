import pg from 'pg';
import { isAway, WatchedClient } from '#platform/postgres';
import { contentDigest } from './content-digest.js';
import { QueueError } from './queue-error.js';
import type { TrainingInputs } from './training-inputs.js';

const TABLE = 'lacuna_training_inputs';
const PART_BYTES = 2 ** 22;
const CONNECTIONS = 4;
const CONNECT_MILLISECONDS = 10_000;
const NO_SUCH_TABLE = '42P01';

/**
 * Records for workers on other hosts. The table is unlogged: what is in it never reaches the write-ahead log, replicas or archives, and when
 * nothing is needed any more it is truncated, which unlinks its file (docs/decisions/0034). A crash of the server empties it; jobs are then
 * sent again. A worker may be given a role that can read this table and nothing else.
 */
export class PostgresInputs implements TrainingInputs {
  private constructor(private readonly pool: pg.Pool) {}

  /** @param use whoever keeps the records makes the table; whoever reads them needs no more than SELECT */
  static async open(url: string, use: 'keeps' | 'reads'): Promise<PostgresInputs> {
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      application_name: 'lacuna-jobs',
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      Client: WatchedClient,
    });
    pool.on('error', () => {}); // whoever asks next is told
    const inputs = new PostgresInputs(pool);
    try {
      if (use === 'keeps') await inputs.makeTable();
      else await pool.query('SELECT 1');
      return inputs;
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /** @throws QueueError JOB_RECORDS_UNREACHABLE */
  put(pieces: readonly Uint8Array[], digest: string): Promise<void> {
    return told(() => this.withTable(() => this.putAtOnce(pieces, digest)));
  }

  /** @throws QueueError JOB_RECORDS_UNREACHABLE */
  get(digest: string): Promise<Uint8Array | undefined> {
    return told(() => this.getWhole(digest));
  }

  /** @throws QueueError JOB_RECORDS_UNREACHABLE */
  keepOnly(digests: ReadonlySet<string>): Promise<void> {
    return told(() => this.withTable(() => this.forgetOthers(digests)));
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async makeTable(): Promise<void> {
    await this.pool.query(
      `CREATE UNLOGGED TABLE IF NOT EXISTS ${TABLE} (digest text, part integer, content bytea NOT NULL, PRIMARY KEY (digest, part))`,
    );
  }

  /** A standby that has become the primary may be older than the table. */
  private async withTable(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as { code?: string }).code !== NO_SUCH_TABLE) throw error;
      await this.makeTable();
      await work();
    }
  }

  private async putAtOnce(pieces: readonly Uint8Array[], digest: string): Promise<void> {
    const client = await this.pool.connect();
    const heard = (): void => {}; // told by the statement that meets it
    client.on('error', heard);
    try {
      await client.query('BEGIN');
      await client.query(`DELETE FROM ${TABLE} WHERE digest = $1`, [digest]);
      let part = 0;
      for (const content of rowsOf(pieces))
        await client.query(`INSERT INTO ${TABLE} VALUES ($1, $2, $3)`, [digest, part++, content]);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.off('error', heard);
      client.release();
    }
  }

  private async getWhole(digest: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.unlessNoTable(() =>
      this.pool.query<{ content: Buffer }>(`SELECT content FROM ${TABLE} WHERE digest = $1 ORDER BY part`, [
        digest,
      ]),
    );
    const bytes = new Uint8Array(Buffer.concat(rows.map(({ content }) => content)));
    return rows.length > 0 && contentDigest(bytes) === digest ? bytes : undefined;
  }

  private async forgetOthers(digests: ReadonlySet<string>): Promise<void> {
    if (digests.size > 0)
      await this.pool.query(`DELETE FROM ${TABLE} WHERE digest <> ALL($1)`, [[...digests]]);
    else if ((await this.pool.query(`SELECT 1 FROM ${TABLE} LIMIT 1`)).rows.length > 0)
      await this.pool.query(`TRUNCATE ${TABLE}`);
  }

  /** Before the keeper has made it there is nothing to read. */
  private async unlessNoTable<T extends { rows: unknown[] }>(query: () => Promise<T>): Promise<T> {
    try {
      return await query();
    } catch (error) {
      if ((error as { code?: string }).code === NO_SUCH_TABLE) return { rows: [] } as unknown as T;
      throw error;
    }
  }
}

/** Pieces together, and large ones cut, so that neither a row nor the number of rows is excessive. */
function* rowsOf(pieces: readonly Uint8Array[]): Generator<Buffer> {
  let row: Uint8Array[] = [];
  let length = 0;
  for (const piece of pieces)
    for (let at = 0; at < piece.length; at += PART_BYTES) {
      const part = piece.subarray(at, at + PART_BYTES);
      if (length + part.length > PART_BYTES) {
        yield Buffer.concat(row);
        [row, length] = [[], 0];
      }
      row.push(part);
      length += part.length;
    }
  yield Buffer.concat(row);
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new QueueError('JOB_RECORDS_UNREACHABLE', 'the PostgreSQL of the records of jobs does not answer', {
      nextStep: 'See to the server that LACUNA_POSTGRES_URL names; what was begun goes on when it is back.',
    });
  }
}
