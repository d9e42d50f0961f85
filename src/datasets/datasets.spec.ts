import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { packRecords, recordCommitment, type StoredRecord } from '#libs/contracts';
import { concatBytes, fromHex, sha256, toBase64Url, toHex, utf8 } from '#libs/essentials';
import { PagedSparseMap, sparseMapRoot, verifyDelta, verifyKeys } from '#libs/merkle';
import { closeSqlite, openSqlite } from '#platform/sqlite';
import { newEvent, refusalOf } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { DatasetMaps, MapStore, Tombstones } from './index.js';

const home = mkdtempSync(path.join(tmpdir(), 'datasets-'));
afterAll(() => rmSync(home, { recursive: true }));

let file: string;
let store: MapStore;
let maps: DatasetMaps;
let files = 0;
beforeEach(() => {
  file = path.join(home, `datasets-${files++}.db`);
  store = MapStore.open(file);
  maps = new DatasetMaps(store);
});

const label = (n: number) => sha256(utf8(`label ${n}`));
const record = (n: number, value = 1): StoredRecord => ({
  item: `i${n}`,
  type: 'rating',
  time: 1_700_000_000 + n,
  value,
  purpose: 'recommendations',
  label: label(n),
  opening: new Uint8Array(16).fill(n),
  position: BigInt(n),
});
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => record(from + at));
const rootOf = (some: readonly StoredRecord[]) =>
  toHex(sparseMapRoot(some.map((one) => ({ key: one.label, value: recordCommitment(one.opening, one) }))));

const SHARD = { line: 'main', shard: 3 };
const first = records(0, 200);

function bring(
  version: number,
  some: readonly StoredRecord[],
  parent?: { version: number; datasetRoot: string },
) {
  const half = some.length >> 1; // two people
  const subjects = [some.slice(0, half), some.slice(half)].map((theirs) => ({
    records: packRecords(theirs),
  }));
  return { version, ...maps.bring({ ...SHARD, version, parent }, subjects) };
}

/** A page in the form that it had at first: without places, and without hashes other than those of the pages below. */
function firstForm(page: Uint8Array): Uint8Array {
  if (page[0] === 0x00) return page;
  if (page[0] === 0x03) return Uint8Array.of(0x00, ...page.subarray(129));
  const slots = Array.from({ length: 16 }, (_, slot) => page.subarray(1 + slot * 40, 41 + slot * 40));
  return Uint8Array.of(0x01, ...slots.flatMap((slot) => [...slot.subarray(0, 4), ...slot.subarray(8)]));
}

/** A database as it was begun before pages named those below them. */
function firstDatabase(name: string, some: readonly StoredRecord[]): MapStore {
  const old = path.join(home, `first-${files++}.db`);
  const database = openSqlite(old);
  database.exec(`
    CREATE TABLE map (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE page (
      id INTEGER PRIMARY KEY, map INTEGER NOT NULL, prefix TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
      UNIQUE (map, prefix, number)
    ) STRICT`);
  database.prepare('INSERT INTO map VALUES (1, ?)').run(name);
  const insert = database.prepare('INSERT INTO page (map, prefix, number, body) VALUES (1, ?, 1, ?)');
  const { root, count } = new PagedSparseMap({
    read: () => undefined,
    write: (prefix, page) => void insert.run(prefix, firstForm(page)),
  }).build(
    concatBytes(...some.map((one) => one.label)),
    concatBytes(...some.map((one) => sha256(recordCommitment(one.opening, one)))),
  );
  closeSqlite(database);
  const opened = MapStore.open(old);
  opened.addVersion(name, { number: 1, root, count });
  return opened;
}

describe('the dataset map of a shard', () => {
  it('goes on in a database that was begun when pages did not name those below them', () => {
    const many = records(0, 2000);
    const old = firstDatabase('main/3', many);
    try {
      maps = new DatasetMaps(old);
      const one = { version: 1, datasetRoot: rootOf(many) };
      const two = bring(2, many.slice(30), one);
      expect(two).toEqual({ version: 2, datasetRoot: rootOf(many.slice(30)), count: 1970 });
      const three = bring(3, many.slice(45), two);
      const { proof, deleted } = maps.delta(SHARD, one, three, [label(3)])!;
      expect(deleted).toBe(45);
      const claim = { oldRoot: fromHex(one.datasetRoot), newRoot: fromHex(three.datasetRoot), proof };
      expect(verifyDelta(claim, sha256).deleted).toHaveLength(45);
    } finally {
      old.close();
    }
  });

  it('has the root and the count of its records, built from nothing and brought forward', () => {
    const one = bring(1, first);
    expect(one).toEqual({ version: 1, datasetRoot: rootOf(first), count: 200 });
    const later = [...first.slice(30), record(500)];
    expect(bring(2, later, one)).toEqual({ version: 2, datasetRoot: rootOf(later), count: 171 });
    expect(bring(3, [], { version: 2, datasetRoot: rootOf(later) })).toMatchObject({
      datasetRoot: '00'.repeat(32),
      count: 0,
    });
  });

  it('proves years later what changed between two versions, and what is in none', () => {
    const one = bring(1, first);
    const two = bring(
      2,
      [...first.slice(30), record(30, 5), record(500)].filter(
        ({ item, value }) => item !== 'i30' || value === 5,
      ),
      one,
    );
    store.close();
    store = MapStore.open(file);
    maps = new DatasetMaps(store);
    const asked = [label(0), label(999)];
    const { proof, ...counts } = maps.delta(SHARD, one, two, asked)!;
    expect(counts).toMatchObject({ deleted: 31, added: 2 });
    expect(counts.gone.map(toHex)).toEqual(
      first
        .slice(0, 30)
        .map((gone) => toHex(gone.label))
        .sort(),
    );
    const claim = { oldRoot: fromHex(one.datasetRoot), newRoot: fromHex(two.datasetRoot), proof, asked };
    expect(verifyDelta(claim)).toMatchObject({
      deleted: { length: 30 },
      added: { length: 1 },
      replaced: { length: 1 },
      present: [],
    });
    for (const version of [one, two]) {
      const absence = maps.absence(SHARD, version, [label(999)])!;
      expect(verifyKeys(fromHex(version.datasetRoot), [label(999)], absence)).toEqual([]);
    }
  });

  it('is the last one that was brought where later versions left the shard alone', () => {
    const one = bring(1, first);
    expect(maps.absence(SHARD, { version: 7, datasetRoot: one.datasetRoot }, [label(999)])).toBeDefined();
    const eight = bring(8, first.slice(1), { version: 7, datasetRoot: one.datasetRoot });
    expect(maps.delta(SHARD, { version: 7, datasetRoot: one.datasetRoot }, eight, [])).toMatchObject({
      deleted: 1,
    });
  });

  it('is not touched by versions that were given up before they were published', () => {
    const one = bring(1, first);
    bring(2, first.slice(100), one);
    expect(maps.absence(SHARD, { version: 3, datasetRoot: one.datasetRoot }, [label(999)])).toBeDefined();
    const three = bring(3, first.slice(1), one);
    expect(three.datasetRoot).toBe(rootOf(first.slice(1)));
    expect(maps.delta(SHARD, one, three, [])).toMatchObject({ deleted: 1, added: 0 });
  });

  it('is brought by the change that is expected, to the same root, and by all records where something goes that is not there', () => {
    const one = bring(1, first);
    const later = [...first.slice(30), record(500)];
    const packed = (some: readonly StoredRecord[]) => [{ records: packRecords(some) }];
    const expecting = (gone: readonly StoredRecord[]) =>
      maps.bring({ ...SHARD, version: 2, parent: one }, packed(later), {
        position: 199n,
        gone: packed(gone),
      });
    const { version, ...two } = bring(2, later, one);
    expect(expecting(first.slice(0, 30))).toEqual(two);
    expect(expecting([...first.slice(0, 30), record(600)])).toEqual(two); // came after the position: was never there
    expect(expecting([...first.slice(0, 30), { ...record(700), position: 7n }])).toEqual(two);
    expect(expecting([...first.slice(0, 30), { ...record(500), position: 7n }])).toEqual(two);
    expect(maps.delta(SHARD, one, { version, ...two }, [])).toMatchObject({ deleted: 30, added: 1 });
    // More has gone than was expected: whoever compares the root asks again.
    expect(expecting(first.slice(0, 29))).toEqual({
      datasetRoot: rootOf([...first.slice(29), record(500)]),
      count: 172,
    });
    expect(bring(2, later, one)).toMatchObject(two);
  });

  it('can be brought again after a crash, also with other records', () => {
    const one = bring(1, first);
    bring(2, first.slice(50), one);
    expect(bring(2, first.slice(10), one)).toMatchObject({
      datasetRoot: rootOf(first.slice(10)),
      count: 190,
    });
    expect(bring(2, first.slice(10), one)).toMatchObject({
      datasetRoot: rootOf(first.slice(10)),
      count: 190,
    });
  });

  it('is built from nothing where its past was lost, and then proves nothing of that', () => {
    const lost = { version: 4, datasetRoot: rootOf(first) };
    const five = bring(5, first.slice(1), lost);
    expect(five.datasetRoot).toBe(rootOf(first.slice(1)));
    expect(maps.delta(SHARD, lost, five, [])).toBeUndefined();
    expect(maps.absence(SHARD, lost, [label(0)])).toBeUndefined();
  });

  it('leaves nothing behind when it refuses records', () => {
    const one = bring(1, first);
    expect(refusalOf(() => bring(2, [record(1), record(1)], one))).toBe('SPARSE_KEY_DUPLICATE');
    expect(maps.absence(SHARD, { version: 2, datasetRoot: one.datasetRoot }, [label(999)])).toBeDefined();
  });
});

describe('the database of dataset maps', () => {
  it('is refused when it is something else, with the next step', () => {
    const other = path.join(home, 'other.db');
    writeFileSync(other, 'not a database, but long enough to be taken for the beginning of one: '.repeat(20));
    expect(() => MapStore.open(other)).toThrow(
      expect.objectContaining({
        name: 'DatasetsError',
        code: 'DATASET_MAPS_DAMAGED',
        nextStep: expect.any(String),
      }),
    );
    expect(refusalOf(() => MapStore.open(path.join(home, 'nowhere', 'datasets.db')))).toBe(
      'DATASET_MAPS_UNAVAILABLE',
    );
  });
});

describe('the tombstone map', () => {
  const events = new InMemoryEventStore();
  const erase = (requestId: string, ...numbers: number[]) =>
    events.append(`request-${requestId}`, [
      newEvent(numbers[0], 'RecordsErased', { requestId, labels: numbers.map((n) => toBase64Url(label(n))) }),
    ]);

  it('grows by the labels of each request in the order of the log, and proves that it only grew', async () => {
    await erase('a', 1, 2);
    const { position } = await erase('b', 2, 3);
    await erase('c', 4);
    const tombstones = new Tombstones(store, events);
    expect(await tombstones.asOf(0n)).toEqual({ root: '00'.repeat(32), count: 0 });
    expect(await tombstones.asOf(position)).toMatchObject({ count: 3 });
    const labels = [label(2), label(3)];
    const { before, after, proof } = await tombstones.deltaOf('b', labels);
    expect([before.count, after.count]).toEqual([2, 3]);
    const claim = { oldRoot: fromHex(before.root), newRoot: fromHex(after.root), proof, asked: labels };
    expect(verifyDelta(claim)).toMatchObject({ deleted: [], added: { length: 1 }, present: { length: 2 } });
  });

  it('is the same when it is made again from the events', async () => {
    const [once, again] = [
      new Tombstones(store, events),
      new Tombstones(MapStore.open(path.join(home, 'again.db')), events),
    ];
    await once.asOf(0n);
    await erase('d', 5);
    expect(await once.deltaOf('d', [label(5)])).toEqual(await again.deltaOf('d', [label(5)]));
  });

  it('knows nothing of a request whose records are not erased', async () => {
    await expect(new Tombstones(store, events).deltaOf('z', [])).rejects.toMatchObject({
      code: 'TOMBSTONES_NOT_CAUGHT_UP',
    });
  });
});
