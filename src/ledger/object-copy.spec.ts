import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { openCheckpoint, signCheckpoint, signerFromSeed } from '#libs/merkle';
import { collect, openLocalBucket, refusalOfAsync, type LocalBucket } from '#libs/testkit';
import { openS3, type ObjectStore } from '#platform/object-store';
import { InMemoryEventStore } from '#stages/event-store';
import { Copying, Ledger, ObjectCopy } from './index.js';

const key = signerFromSeed(new Uint8Array(32).fill(1));
const entries = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) => utf8(`entry ${from + at}`));

let bucket: LocalBucket;
let objects: ObjectStore;
let home: string;
let folder: string;
let ledger: Ledger;
let copying: Copying | undefined;
let places = 0;

beforeAll(async () => {
  bucket = await openLocalBucket();
});
afterAll(() => bucket.close());

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ledger-'));
  folder = join(home, 'public');
  objects = await openS3({ ...bucket.address, prefix: `place-${places++}/` }, 'keeps');
  ledger = await Ledger.open({
    folder,
    database: join(home, 'ledger.db'),
    origin: 'ledger.example.org',
    signer: () => key,
    now: () => '2026-01-02T03:04:05.000Z',
    events: new InMemoryEventStore(),
  });
  ledger.whenPublished(() => copying?.due());
});
afterEach(async () => {
  await copying?.stop();
  copying = undefined;
  await ledger.close();
  objects.close();
  rmSync(home, { recursive: true });
});

/** Everything in the bucket is what the folder holds, byte for byte, and nothing is missing. */
async function expectSame(): Promise<void> {
  const stored = (await collect(objects.list('ledger/'))).map(({ key: name }) =>
    name.slice('ledger/'.length),
  );
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  expect(stored.sort()).toEqual(files.sort());
  for (const name of files)
    expect(Buffer.compare((await objects.get(`ledger/${name}`))!, readFileSync(join(folder, name)))).toBe(0);
}

describe('the copy of a ledger in an object store', () => {
  it('is the published files, also when it is brought up again, past full tiles', async () => {
    const copy = new ObjectCopy(objects);
    await ledger.appendAll(entries(0, 254));
    await ledger.bringCopy(copy);
    await expectSame();
    await ledger.appendAll(entries(254, 259));
    await ledger.bringCopy(copy);
    await ledger.bringCopy(copy);
    await expectSame();
    expect(await objects.sizeOf('ledger/tile/0/000.p/254')).toBeUndefined();
  });

  it('gets back what was lost of it, when it is looked at for the first time', async () => {
    await ledger.appendAll(entries(0, 300));
    await ledger.bringCopy(new ObjectCopy(objects));
    await objects.keepOnly('ledger/tile/0/', () => false);
    await objects.keepOnly('ledger/tile/entries/001', () => false);
    await ledger.bringCopy(new ObjectCopy(objects));
    expect(await objects.sizeOf('ledger/tile/0/000')).toBe(256 * 32);
    expect(await objects.sizeOf('ledger/tile/entries/001.p/44')).toBeGreaterThan(0);
  });

  it('shows no checkpoint whose tiles are not there, and is brought up by the next publication', async () => {
    await ledger.appendAll(entries(0, 5));
    await ledger.bringCopy(new ObjectCopy(objects));
    const failures: unknown[] = [];
    let failing = true;
    const faulty: ObjectStore = Object.assign(Object.create(objects) as ObjectStore, {
      put: (...args: Parameters<ObjectStore['put']>) =>
        failing && args[0].includes('/tile/0/')
          ? Promise.reject(new Error('connection lost'))
          : objects.put(...args),
    });
    copying = new Copying(ledger, new ObjectCopy(faulty), (reason) => failures.push(reason));
    await ledger.appendAll(entries(5, 9));
    await copying.stop();
    expect(failures).toHaveLength(1);
    expect(openCheckpoint((await objects.get('ledger/checkpoint'))!, ledger.key).size).toBe(5);
    failing = false;
    copying = new Copying(ledger, new ObjectCopy(faulty), (reason) => failures.push(reason));
    await ledger.appendAll(entries(9, 12));
    await copying.stop();
    expect(failures).toHaveLength(1);
    expect(openCheckpoint((await objects.get('ledger/checkpoint'))!, ledger.key).size).toBe(12);
    expect(await objects.sizeOf('ledger/tile/0/000.p/12')).toBe(12 * 32);
  });

  it('is refused where another log, a larger one or a fork of this one lies', async () => {
    await ledger.appendAll(entries(0, 3));
    const larger = { origin: 'ledger.example.org', size: 4, root: new Uint8Array(32) };
    const stranger = signerFromSeed(new Uint8Array(32).fill(2));
    for (const [code, note] of [
      ['LEDGER_BEHIND_CHECKPOINT', signCheckpoint(larger, key)],
      ['LEDGER_FORKED', signCheckpoint({ ...larger, size: 3 }, key)],
      ['LEDGER_CHECKPOINT_UNREADABLE', signCheckpoint(larger, stranger)],
    ]) {
      await objects.put('ledger/checkpoint', utf8(note));
      expect(await refusalOfAsync(() => ledger.bringCopy(new ObjectCopy(objects)))).toBe(code);
    }
  });
});
