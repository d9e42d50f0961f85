// Durable appends: the embedded event store against Emmett on PostgreSQL, in turn in one run, over dist (`npm run build` first):
//   node tools/bench/append.mjs [--postgres postgres://postgres@127.0.0.1:5432] [--seconds 3] [--rounds 3]
// Both make every append durable before it is answered (SQLite: synchronous=FULL; PostgreSQL: fsync and synchronous_commit as its
// configuration says, which is printed). A database of its own is made there and dropped. Wanted: 1.5 times as fast, in each case.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { SqliteEventStore } from '#stages/event-store';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    postgres: { type: 'string', default: process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
  },
});
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);
const WANTED = 1.5;
const CASES = [
  { name: 'one event at a time, 1 writer', writers: 1, batch: 1 },
  { name: 'one event at a time, 8 writers', writers: 8, batch: 1 },
  { name: 'batches of 100', writers: 1, batch: 100 },
  { name: 'batches of 1,000', writers: 1, batch: 1000 },
];
const DATABASE = `lacuna_bench_${process.pid}`;
/** Of the size of a sealed interaction. */
const DATA = { label: 'l'.repeat(43), sealed: 's'.repeat(240) };

const addressOf = (database) => {
  const url = new URL(options.postgres);
  url.pathname = database;
  return url.href;
};

async function inPostgres(work) {
  const client = new pg.Client({ connectionString: addressOf('postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function openEmmett() {
  await inPostgres((client) => client.query(`CREATE DATABASE ${DATABASE}`));
  const store = getPostgreSQLEventStore(addressOf(DATABASE));
  await store.schema.migrate();
  const events = (count) =>
    Array.from({ length: count }, () => ({
      type: 'InteractionRecorded',
      data: DATA,
      metadata: { messageId: randomUUID() },
    }));
  return {
    append: (stream, count) => store.appendToStream(stream, events(count)),
    close: async () => {
      await store.close();
      await inPostgres((client) => client.query(`DROP DATABASE ${DATABASE} WITH (FORCE)`));
    },
  };
}

function openEmbedded() {
  const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
  const store = SqliteEventStore.open(path.join(folder, 'events.db'));
  const events = (count) =>
    Array.from({ length: count }, () => ({ id: randomUUID(), type: 'InteractionRecorded', data: DATA }));
  return {
    append: (stream, count) => store.append(stream, events(count)),
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let streams = 0;

/** Events a second while so many writers append, each to streams of its own that begin anew after a thousand events. */
async function rateOf(store, { writers, batch }) {
  const began = performance.now();
  const until = began + SECONDS * 1000;
  let appended = 0;
  const write = async () => {
    for (let inStream = 0, stream = `bench-${streams++}`; performance.now() < until; inStream += batch) {
      if (inStream >= 1000) [inStream, stream] = [0, `bench-${streams++}`];
      await store.append(stream, batch);
      appended += batch;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return appended / ((performance.now() - began) / 1000);
}

const [{ fsync }, { synchronous_commit: commit }] = await inPostgres(async (client) => [
  (await client.query('SHOW fsync')).rows[0],
  (await client.query('SHOW synchronous_commit')).rows[0],
]);
const stores = { lacuna: openEmbedded(), emmett: await openEmmett() };
console.log(
  `PostgreSQL has fsync ${fsync}, synchronous_commit ${commit}. Medians of ${ROUNDS} rounds, each store in turn:`,
);
try {
  for (const one of CASES) {
    const rates = { lacuna: [], emmett: [] };
    for (let round = 0; round < ROUNDS; round++)
      for (const name of ['lacuna', 'emmett']) rates[name].push(await rateOf(stores[name], one));
    const ratio = median(rates.lacuna.map((rate, round) => rate / rates.emmett[round]));
    const shown = (name) => Math.round(median(rates[name])).toLocaleString('en-US').padStart(8);
    console.log(
      `${one.name.padEnd(32)} lacuna ${shown('lacuna')} events/s, emmett ${shown('emmett')} events/s, ` +
        `${ratio.toFixed(2)} times (wanted ≥ ${WANTED})`,
    );
    if (ratio < WANTED) process.exitCode = 1;
  }
} finally {
  for (const store of Object.values(stores)) await store.close();
}
