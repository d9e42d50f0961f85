import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import type { RecordedEvent } from '#libs/messaging';
import { collect, describeEventStoreContract, newEvent, refusalOf, refusalOfAsync } from '#libs/testkit';
import { AppenderThread } from './appender-thread.js';
import { copyEvents, SqliteEventStore, type SqliteEventStoreOptions } from './index.js';
import { SqliteEventReader } from './sqlite-event-reader.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-events-'));
let files = 0;
const newFile = (): string => path.join(folder, `${files++}.db`);
beforeAll(() => chmodSync(folder, 0o700));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void jest.restoreAllMocks());

/** Who writes: this thread, or from the first event on another (the one that the last build made). */
const WRITERS: readonly (readonly [name: string, options: SqliteEventStoreOptions])[] = [
  ['written in this thread', { eventsBeforeThread: Infinity }],
  ['written in a thread', { eventsBeforeThread: 0 }],
];

describe.each(WRITERS)('SQLite, %s', (_, options) => {
  const openStore = (file: string, more?: SqliteEventStoreOptions) =>
    SqliteEventStore.open(file, { ...options, ...more });
  describeEventStoreContract('SQLite', (now) => openStore(newFile(), { now }));

  it('finds everything again after it was closed, positions included', async () => {
    const file = newFile();
    const before = openStore(file);
    await before.append('a', [newEvent(1), newEvent(2)]);
    const { position } = await before.append('gone', [newEvent(3)]);
    await before.tombstone('gone');
    const events = await collect(before.readAll());
    await before.close();

    const after = openStore(file);
    expect(await collect(after.readAll())).toEqual(events);
    expect(await after.head()).toBe(position);
    expect(await after.streamState('gone')).toBe('tombstoned');
    expect(await after.append('a', [newEvent(2)])).toMatchObject({ revision: 1, appended: 0 });
    expect((await after.append('a', [newEvent(4)], { expectedRevision: 1 })).position > position).toBe(true);
    await after.close();
  });

  it('commits what is appended in one turn together, in the order in which it came', async () => {
    const store = openStore(newFile());
    const results = await Promise.all(
      Array.from({ length: 600 }, (_, n) => store.append(`s-${n % 7}`, [newEvent(n)])),
    );
    expect(results.map(({ position }) => Number(position))).toEqual(results.map((_, n) => n + 1));
    await store.close();
  });

  it('keeps what was appended before it was closed', async () => {
    const file = newFile();
    const store = openStore(file);
    const kept = store.append('a', [newEvent(1)]);
    const closed = store.close();
    expect((await kept).appended).toBe(1);
    await closed;
    const again = openStore(file);
    expect(await again.head()).toBe(1n);
    await again.close();
  });

  it('lets events gather for a subscriber who wants that, unless somebody waits for them', async () => {
    const store = openStore(newFile());
    const batches: number[] = [];
    const subscription = store.subscribe({
      gather: 60_000,
      handle: async (events) => void batches.push(events.length),
    });
    await subscription.caughtUp();
    for (let n = 0; n < 5; n++) await store.append('a', [newEvent(n)]);
    await new Promise((next) => setTimeout(next, 20));
    expect(batches).toEqual([]);
    await subscription.caughtUp();
    expect(batches).toEqual([5]);
    await store.append('a', [newEvent(6)]);
    await subscription.stop(); // at once, though some were to gather
    await store.close();
  });

  it('leaves no byte of a tombstoned payload in its files', async () => {
    const file = newFile();
    const store = openStore(file);
    const secret = (number: number) =>
      newEvent(number, 'Noted', { secret: `secret-${number}-${'x'.repeat(number % 700)}` });
    const kept = (number: number) => newEvent(number, 'Noted', { kept: 'y'.repeat(number % 500) });
    for (let round = 0; round < 30; round++)
      await store.appendBatch([
        { stream: 'mine', events: Array.from({ length: 40 }, (_, index) => secret(round * 100 + index)) },
        { stream: 'yours', events: Array.from({ length: 40 }, (_, index) => kept(round * 100 + 50 + index)) },
      ]);
    expect(residues(file)).toBeGreaterThan(0);
    await store.tombstone('mine');
    expect(residues(file)).toBe(0);
    expect(await collect(store.readStream('yours'))).toHaveLength(1200);
    await store.close();
  });

  it('keeps what was there when the disk is full, and takes more once there is room', async () => {
    const file = newFile();
    const store = openStore(file, { maxBytes: 200_000 });
    await store.append('a', [newEvent(1)]);
    const large = newEvent(2, 'Noted', { fill: 'x'.repeat(500_000) });
    const batch = [
      { stream: 'b', events: [newEvent(3)] },
      { stream: 'a', events: [large] },
    ];
    expect(await refusalOfAsync(() => store.appendBatch(batch))).toBe('STORE_FULL');
    expect(await store.append('a', [newEvent(4)])).toMatchObject({ revision: 1 });
    expect((await collect(store.readAll())).map(({ stream }) => stream)).toEqual(['a', 'a']);
    await store.close();
    const roomier = openStore(file);
    expect((await roomier.appendBatch(batch)).map(({ appended }) => appended)).toEqual([1, 1]);
    await roomier.close();
  });

  it('takes or refuses each of many appends that come at once, in their order', async () => {
    const store = openStore(newFile(), { maxBytes: 200_000 });
    await store.append('a', [newEvent(1)]);
    const large = newEvent(2, 'Noted', { fill: 'x'.repeat(500_000) });
    const outcomes = await Promise.allSettled([
      store.append('a', [newEvent(3)], { expectedRevision: 0 }),
      store.append('a', [newEvent(4)], { expectedRevision: 0 }),
      store.append('b', [large]),
      store.append('a', [newEvent(5)], { expectedRevision: 1 }),
    ]);
    expect(outcomes).toMatchObject([
      { value: { revision: 1 } },
      { reason: { code: 'WRONG_EXPECTED_REVISION' } },
      { reason: { code: 'STORE_FULL' } },
      { value: { revision: 2 } },
    ]);
    const left = Promise.all([6, 7].map((number) => store.append('b', [newEvent(number)])));
    await store.close();
    expect(await left).toMatchObject([{ revision: 0 }, { revision: 1 }]);
    expect(await refusalOfAsync(() => store.append('b', [newEvent(8)]))).toBe('STORE_CLOSED');
  });

  it('is one plain file once it is closed', async () => {
    const home = mkdtempSync(path.join(folder, 'home-'));
    const file = path.join(home, 'events.db');
    const store = openStore(file);
    await store.append('a', [newEvent(1)]);
    await store.close();
    expect(readdirSync(home)).toEqual(['events.db']);
    const copy = newFile();
    copyFileSync(file, copy);
    const reader = SqliteEventStore.open(copy, { readOnly: true });
    expect(await collect(reader.readStream('a'))).toHaveLength(1);
    await reader.close();
  });
});

describe('the SQLite event store', () => {
  it('hands writing over to a thread in the middle of appends and deletions, and loses nothing of their order', async () => {
    const store = SqliteEventStore.open(newFile(), { eventsBeforeThread: 40 });
    const handedOver = jest.spyOn(AppenderThread, 'over');
    const seen: bigint[] = [];
    const subscription = store.subscribe({
      filter: { streamPrefixes: ['kept'] },
      handle: async (events) => void seen.push(...events.map(({ position }) => position)),
    });
    const positions: bigint[] = [];
    for (let round = 0; round < 12; round++) {
      const [first, second] = [`kept-${round}`, `gone-${round}`];
      const appended = [first, second, first].map((stream, at) =>
        store.append(stream, [newEvent(round * 10 + at), newEvent(round * 10 + 5 + at)]),
      );
      positions.push(...(await Promise.all(appended)).map(({ position }) => position));
      const deleted = store.tombstone(second);
      expect(await refusalOfAsync(() => store.append(second, [newEvent(round)]))).toBe('STREAM_TOMBSTONED');
      await deleted;
    }
    expect(handedOver).toHaveBeenCalledTimes(1);
    expect(positions.map(Number)).toEqual(positions.map((_, at) => 2 * at + 2));
    await subscription.caughtUp();
    const kept = await collect(store.readAll());
    expect(kept).toHaveLength(48);
    expect(seen).toEqual(kept.map(({ position }) => position));
    await store.close();
  });

  it('says that it cannot be reached when the thread that writes ends, and goes on with another', async () => {
    const file = newFile();
    const store = SqliteEventStore.open(file, { eventsBeforeThread: 0 });
    await store.append('a', [newEvent(1)]);
    const subscription = store.subscribe({ handle: async () => undefined });
    const { appender } = store as unknown as { appender: { worker: Worker; asked: unknown[] } };
    const lock = new Database(file);
    lock.exec('BEGIN IMMEDIATE');
    const lost = refusalOfAsync(() => store.append('a', [newEvent(2)]));
    while (appender.asked.length === 0) await new Promise((next) => setImmediate(next));
    const ended = appender.worker.terminate();
    lock.close();
    await ended;
    expect(await lost).toBe('STORE_UNAVAILABLE');
    expect(await store.append('a', [newEvent(2), newEvent(3)])).toMatchObject({ appended: 2 });
    await subscription.caughtUp();
    expect(await collect(store.readAll())).toHaveLength(3);
    await store.close();
  });

  it('keeps the code of what the thread that writes cannot open', async () => {
    const thread = AppenderThread.over({ file: path.join(folder, 'nowhere', 'events.db') })!;
    expect(await refusalOfAsync(() => thread.commit([]))).toBe('STORE_UNAVAILABLE');
    await thread.close();
  });

  it('reads nothing again for a subscriber for whom nothing has come', async () => {
    const store = SqliteEventStore.open(newFile());
    const seen: string[] = [];
    const subscription = store.subscribe({
      filter: { types: ['Wanted'] },
      handle: async (events) => void seen.push(...events.map(({ stream }) => stream)),
    });
    const isAsleep = (): boolean => (subscription as unknown as { wakeUp: unknown }).wakeUp !== undefined;
    while (!isAsleep()) await new Promise((next) => setImmediate(next));
    const read = jest.spyOn(SqliteEventReader.prototype, 'all');
    for (let n = 0; n < 5; n++) await store.append('other', [newEvent(n)]);
    await subscription.caughtUp();
    expect(read).not.toHaveBeenCalled();
    await store.append('wanted', [newEvent(9, 'Other'), newEvent(10, 'Wanted')]);
    await subscription.caughtUp();
    expect(seen).toEqual(['wanted']);
    await store.close();
  });

  it('reads a copy without leaving anything beside it, and writes nothing to it', async () => {
    const store = SqliteEventStore.open(newFile());
    await store.append('a', [newEvent(1)]);
    await store.append('b', [newEvent(2)]);
    await store.tombstone('b');
    const copies = mkdtempSync(path.join(folder, 'copies-'));
    const copy = path.join(copies, 'events.db');
    await store.exportTo(copy);
    const auditor = SqliteEventStore.open(copy, { readOnly: true });
    expect(await collect(auditor.readAll())).toEqual(await collect(store.readAll()));
    expect(await auditor.head()).toBe(await store.head());
    expect(await refusalOfAsync(() => auditor.append('a', [newEvent(3)]))).toBe('STORE_READ_ONLY');
    expect(await refusalOfAsync(() => auditor.tombstone('a'))).toBe('STORE_READ_ONLY');
    expect(readdirSync(copies)).toEqual(['events.db']);
    await auditor.close();
    await store.close();
  });

  it('copies chosen events at their positions, and nothing of the others', async () => {
    const store = SqliteEventStore.open(newFile());
    const many = Array.from({ length: 1_100 }, (_, n) => newEvent(n, 'Noted', { n }));
    await store.append('others', [newEvent(5_000, 'Secret')]);
    await store.append('chosen', many);
    await store.append('others', [newEvent(5_001, 'Secret')]);
    const chosen = (): AsyncIterable<RecordedEvent> =>
      store.readAll({ filter: { streamPrefixes: ['chosen'] } });
    const copy = newFile();
    await copyEvents(copy, chosen());
    const auditor = SqliteEventStore.open(copy, { readOnly: true });
    expect(await collect(auditor.readAll())).toEqual(await collect(chosen()));
    expect(await collect(auditor.readStream('chosen', { maxCount: 1 }))).toHaveLength(1);
    expect(await auditor.streamState('others')).toBe('missing');
    expect(readFileSync(copy, 'latin1')).not.toContain('Secret');
    expect(existsSync(`${copy}-wal`)).toBe(false);
    await auditor.close();
    await store.close();
  });

  it('shows a second connection, opened for reading, what the first has committed', async () => {
    const file = newFile();
    const store = SqliteEventStore.open(file);
    await store.append('a', [newEvent(1)]);
    const beside = SqliteEventStore.open(file, { readOnly: true });
    expect(await collect(beside.readAll())).toHaveLength(1);
    await store.append('b', [newEvent(2)]);
    await store.tombstone('a');
    expect(await collect(beside.readAll())).toEqual(await collect(store.readAll()));
    expect(await beside.head()).toBe(2n);
    await beside.close();
    expect(await store.append('b', [newEvent(3)])).toMatchObject({ revision: 1 });
    await store.close();
  });

  it('refuses a file that is no event store, or one of another version', async () => {
    const text = newFile();
    writeFileSync(text, 'position,stream,type\n'.repeat(100));
    expect(refusalOf(() => SqliteEventStore.open(text))).toBe('STORE_DAMAGED');

    const foreign = newFile();
    new Database(foreign).exec('CREATE TABLE notes (text)').close();
    expect(refusalOf(() => SqliteEventStore.open(foreign))).toBe('STORE_VERSION_UNKNOWN');

    const newer = newFile();
    await SqliteEventStore.open(newer).close();
    const raw = new Database(newer);
    raw.pragma('user_version = 2');
    raw.close();
    expect(refusalOf(() => SqliteEventStore.open(newer))).toBe('STORE_VERSION_UNKNOWN');
    expect(refusalOf(() => SqliteEventStore.open(newFile(), { readOnly: true }))).toBe('STORE_UNAVAILABLE');
  });
});

/** How often a secret stands in the store's files. */
function residues(file: string): number {
  return readdirSync(path.dirname(file))
    .filter((name) => name.startsWith(path.basename(file)))
    .map((name) => readFileSync(path.join(path.dirname(file), name), 'latin1').split('secret-').length - 1)
    .reduce((sum, count) => sum + count, 0);
}
