import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import {
  leafHash,
  LogTree,
  openCheckpoint,
  parseEntryBundle,
  parseTile,
  parseVkey,
  signCheckpoint,
  signerFromSeed,
  verifyConsistency,
  verifyInclusion,
} from '#libs/merkle';
import { streamNames } from '#libs/messaging';
import { writeFilesDurably } from '#platform/files';
import { InMemoryEventStore } from '#stages/event-store';
import { LedgerStore } from './ledger-store.js';
import { Ledger, type LedgerOptions } from './index.js';

const seed = new Uint8Array(32).fill(1);
const certificateSigner = signerFromSeed(new Uint8Array(32).fill(2));
const entry = (index: number) => utf8(`entry ${index}`);
const refusal = (code: string) => expect.objectContaining({ name: 'LedgerError', code });

let folder: string;
let events: InMemoryEventStore;
const opened: Ledger[] = [];

async function open(changes: Partial<LedgerOptions> = {}): Promise<Ledger> {
  const now = () => '2026-01-02T03:04:05.000Z';
  const ledger = await Ledger.open({
    folder,
    origin: 'ledger.example.org',
    signer: () => signerFromSeed(seed),
    now,
    events,
    ...changes,
  });
  opened.push(ledger);
  return ledger;
}

async function openWith(count: number): Promise<Ledger> {
  const ledger = await open();
  for (let i = 0; i < count; i++) await ledger.append(entry(i));
  return ledger;
}

/** A ledger that was given `count` leaves before anything was published. */
async function openAfter(count: number): Promise<Ledger> {
  const store = LedgerStore.open(join(folder, 'ledger.db'));
  store.appendAll(Array.from({ length: count }, (_, i) => ({ entry: entry(i) })));
  store.close();
  return open();
}

const published = (ledger: Ledger) =>
  openCheckpoint(Uint8Array.from(readFileSync(join(folder, 'checkpoint'))), ledger.key);
const file = (path: string) => Uint8Array.from(readFileSync(join(folder, path)));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  events = new InMemoryEventStore();
});
afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
  rmSync(folder, { recursive: true });
});

describe('the ledger', () => {
  it('proves every leaf against the checkpoint it publishes with it', async () => {
    const ledger = await open();
    for (let i = 0; i < 20; i++) {
      const { index, inclusionProof, checkpoint } = await ledger.append(entry(i));
      const { size, root } = openCheckpoint(utf8(checkpoint), ledger.key);
      expect([index, size]).toEqual([i, i + 1]);
      verifyInclusion({ index, size, leafHash: leafHash(entry(i)), proof: inclusionProof, root });
      expect(published(ledger)).toEqual({ origin: 'ledger.example.org', size, root });
    }
  });

  it('has the root of the RFC 6962 tree over its leaves', async () => {
    const ledger = await openWith(11);
    const tree = new LogTree();
    for (let i = 0; i < 11; i++) tree.append(entry(i));
    expect(ledger.head().root).toEqual(tree.root());
  });

  it('publishes a checkpoint before the first leaf', async () => {
    expect(published(await open())).toMatchObject({ size: 0 });
  });

  it('gives the same leaf its first index again, proved against the present checkpoint', async () => {
    const ledger = await openWith(5);
    const { index, inclusionProof, checkpoint } = await ledger.append(entry(2));
    const { size, root } = openCheckpoint(utf8(checkpoint), ledger.key);
    expect([index, size, ledger.size()]).toEqual([2, 5, 5]);
    verifyInclusion({ index, size, leafHash: leafHash(entry(2)), proof: inclusionProof, root });
  });

  it('appends one after the other what is asked for at the same time', async () => {
    const ledger = await open();
    const receipts = await Promise.all([0, 1, 2, 1, 3].map((i) => ledger.append(entry(i))));
    expect(receipts.map(({ index }) => index)).toEqual([0, 1, 2, 1, 3]);
    expect(ledger.leaf(3)).toEqual(entry(3));
  });

  it('only ever grows: every earlier head is a prefix of the present one', async () => {
    const ledger = await open();
    const roots: Uint8Array[] = [];
    for (let i = 0; i < 9; i++) {
      await ledger.append(entry(i));
      roots.push(ledger.head().root);
    }
    for (let oldSize = 1; oldSize <= 9; oldSize++)
      verifyConsistency({
        oldSize,
        newSize: 9,
        oldRoot: roots[oldSize - 1],
        newRoot: roots[8],
        proof: ledger.consistencyProof(oldSize),
      });
  });

  it('is the same after it was closed and opened again', async () => {
    const ledger = await openWith(7);
    const before = ledger.checkpoint();
    await ledger.close();
    const again = await open({ now: () => '2030-01-01T00:00:00.000Z' });
    expect(again.checkpoint()).toBe(before);
    expect(again.trustFiles(certificateSigner.publicKey)).toEqual(
      ledger.trustFiles(certificateSigner.publicKey),
    );
  });

  it('names its key in the trust files', async () => {
    const ledger = await open();
    const files = ledger.trustFiles(certificateSigner.publicKey);
    expect(parseVkey(files['log.vkey'])).toEqual(ledger.key);
  });

  it('announces no key that would be in force only after the old one has retired', async () => {
    const ledger = await openWith(2);
    const rotation = ledger.planRotation(0);
    await ledger.append(entry(2));
    await expect(ledger.announce(entry(3), rotation)).rejects.toThrow(refusal('LEDGER_ROTATION_LATE'));
    expect([ledger.size(), ledger.rotations()]).toEqual([3, []]);
  });

  it('refuses indexes and sizes beyond its end, and entries that no bundle holds', async () => {
    const ledger = await openWith(3);
    for (const index of [3, -1, 0.5])
      expect(() => ledger.leaf(index)).toThrow(refusal('LEDGER_INDEX_OUT_OF_RANGE'));
    expect(() => ledger.inclusionProof(0, 4)).toThrow(refusal('LEDGER_INDEX_OUT_OF_RANGE'));
    expect(() => ledger.consistencyProof(1, 4)).toThrow(refusal('LEDGER_INDEX_OUT_OF_RANGE'));
    await expect(ledger.append(new Uint8Array(65_536))).rejects.toThrow(
      expect.objectContaining({ code: 'ENTRY_TOO_LARGE' }),
    );
    await expect(ledger.append(entry(3))).resolves.toMatchObject({ index: 3 });
  });

  it('remembers each checkpoint as an event, once', async () => {
    const ledger = await openWith(2);
    await ledger.append(entry(1));
    await ledger.close();
    await open();
    const heads: unknown[] = [];
    for await (const { type, data } of events.readStream(streamNames.ledger('ledger.example.org')))
      heads.push([type, (data as { size: number }).size]);
    expect(heads).toEqual([
      ['CheckpointPublished', 1],
      ['CheckpointPublished', 2],
    ]);
  });

  it('says that it is closed', async () => {
    const ledger = await openWith(1);
    await ledger.close();
    await expect(ledger.append(entry(1))).rejects.toThrow(refusal('LEDGER_CLOSED'));
  });
});

describe('the published files', () => {
  it('let anybody compute the root and read the entries', async () => {
    const ledger = await openAfter(254);
    for (let i = 254; i < 258; i++) await ledger.append(entry(i));
    expect(parseEntryBundle(file('tile/entries/000'), 256)[255]).toEqual(entry(255));
    expect(parseEntryBundle(file('tile/entries/001.p/2'), 2)).toEqual([entry(256), entry(257)]);
    expect(parseTile(file('tile/0/000'), 256)[7]).toEqual(leafHash(entry(7)));
    const tree = new LogTree();
    for (let i = 0; i < 256; i++) tree.append(entry(i));
    expect(parseTile(file('tile/1/000.p/1'), 1)).toEqual([tree.root()]);
    expect(published(ledger).size).toBe(258);
  });

  it('lose their partial tiles once the full one is there', async () => {
    const ledger = await openAfter(254);
    await ledger.append(entry(254));
    expect(existsSync(join(folder, 'tile/0/000.p/255'))).toBe(true);
    await ledger.append(entry(255));
    expect(existsSync(join(folder, 'tile/0/000.p'))).toBe(false);
    expect(existsSync(join(folder, 'tile/entries/000.p'))).toBe(false);
  });

  it('are written again when they are missing, cut short, or partial and damaged', async () => {
    const ledger = await openAfter(262);
    const [full, partial] = [file('tile/0/000'), file('tile/0/001.p/6')];
    await ledger.close();
    rmSync(join(folder, 'checkpoint'));
    rmSync(join(folder, 'tile/entries'), { recursive: true });
    writeFileSync(join(folder, 'tile/0/000'), full.subarray(1));
    writeFileSync(join(folder, 'tile/0/001.p/6'), partial.toReversed());
    await open();
    expect(published(ledger).size).toBe(262);
    expect(file('tile/0/000')).toEqual(full);
    expect(file('tile/0/001.p/6')).toEqual(partial);
    expect(parseEntryBundle(file('tile/entries/000'), 256)).toHaveLength(256);
    expect(parseEntryBundle(file('tile/entries/001.p/6'), 6)).toHaveLength(6);
  });

  it('catch up with a leaf that was durable when the process died before publishing', async () => {
    await (await openWith(2)).close();
    const store = LedgerStore.open(join(folder, 'ledger.db'));
    store.appendAll([{ entry: entry(2) }]);
    store.close();
    const ledger = await open();
    expect(published(ledger).size).toBe(3);
    await expect(ledger.append(entry(2))).resolves.toMatchObject({ index: 2 });
  });

  it('that cannot be written fail the append; repeating it publishes the leaf that was kept', async () => {
    const ledger = await openWith(2);
    rmSync(join(folder, 'checkpoint'));
    mkdirSync(join(folder, 'checkpoint'));
    await expect(ledger.append(entry(2))).rejects.toThrow(refusal('LEDGER_NOT_PUBLISHED'));
    rmSync(join(folder, 'checkpoint'), { recursive: true });
    await expect(ledger.append(entry(2))).resolves.toMatchObject({ index: 2 });
    expect(published(ledger).size).toBe(3);
  });

  it('whose files lie on a disk that has become read-only keeps the leaf, names the cause, and publishes later', async () => {
    let isReadOnly = false;
    const writeFiles: LedgerOptions['writeFiles'] = async (files, modes) => {
      if (isReadOnly) throw Object.assign(new Error('read-only file system'), { code: 'EROFS' });
      return writeFilesDurably(files, modes);
    };
    const ledger = await open({ writeFiles });
    isReadOnly = true;
    await expect(ledger.append(entry(0))).rejects.toMatchObject({
      code: 'LEDGER_NOT_PUBLISHED',
      facts: { reason: 'EROFS' },
      nextStep: expect.stringContaining('permissions'),
    });
    expect(published(ledger).size).toBe(0);
    isReadOnly = false;
    expect((await ledger.append(entry(0))).index).toBe(0);
    expect(published(ledger).size).toBe(1);
  });

  it('whose database may not be written keeps nothing of a leaf, and says whom to ask', async () => {
    await openWith(1);
    const store = LedgerStore.open(join(folder, 'ledger.db'), { readOnly: true });
    expect(() => store.appendAll([{ entry: entry(1) }])).toThrow(
      expect.objectContaining({
        code: 'LEDGER_READ_ONLY',
        nextStep: expect.stringContaining('permission'),
      }),
    );
    expect(store.size()).toBe(1);
    store.close();
  });
});

describe('opening a ledger', () => {
  it('refuses a database that is behind the published checkpoint', async () => {
    await (await openWith(3)).close();
    rmSync(join(folder, 'ledger.db'));
    await expect(open()).rejects.toThrow(refusal('LEDGER_BEHIND_CHECKPOINT'));
  });

  it('refuses a database that forgot leaves together with the checkpoint, because the events remember', async () => {
    await (await openWith(3)).close();
    for (const name of ['ledger.db', 'checkpoint', 'tile']) rmSync(join(folder, name), { recursive: true });
    await expect(open()).rejects.toThrow(refusal('LEDGER_BEHIND_HISTORY'));
  });

  it('refuses a database with other leaves than the events remember, however new its checkpoint is', async () => {
    await (await openWith(3)).close();
    for (const name of ['ledger.db', 'checkpoint', 'tile']) rmSync(join(folder, name), { recursive: true });
    const store = LedgerStore.open(join(folder, 'ledger.db'));
    store.appendAll([9, 8, 7, 6].map((i) => ({ entry: entry(i) })));
    store.close();
    await expect(open()).rejects.toThrow(refusal('LEDGER_FORKED'));
  });

  it('refuses a database whose leaves are not those that were published', async () => {
    await (await openWith(3)).close();
    const signer = signerFromSeed(seed);
    const other = { origin: 'ledger.example.org', size: 2, root: new Uint8Array(32) };
    writeFileSync(join(folder, 'checkpoint'), signCheckpoint(other, signer));
    await expect(open()).rejects.toThrow(refusal('LEDGER_FORKED'));
  });

  it('refuses a published checkpoint that is not its own', async () => {
    await (await openWith(3)).close();
    writeFileSync(join(folder, 'checkpoint'), 'something else');
    await expect(open()).rejects.toThrow(refusal('LEDGER_CHECKPOINT_UNREADABLE'));
  });

  it.each([
    ['another origin', { origin: 'lodger.example.org' }, 'LEDGER_ORIGIN_CHANGED'],
    ['another key', { signer: () => certificateSigner }, 'LEDGER_KEY_CHANGED'],
  ])('under %s is refused', async (_, change, code) => {
    await (await openWith(1)).close();
    await expect(open(change)).rejects.toThrow(refusal(code));
  });

  it('refuses a file that is no database', async () => {
    writeFileSync(join(folder, 'ledger.db'), 'x'.repeat(5000));
    await expect(open()).rejects.toThrow(refusal('LEDGER_DAMAGED'));
  });

  it('refuses a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(open({ folder: join(folder, 'file', 'ledger') })).rejects.toThrow(
      refusal('LEDGER_UNAVAILABLE'),
    );
  });

  it('refuses an origin that no checkpoint can carry', async () => {
    await expect(open({ origin: 'two words' })).rejects.toThrow(
      expect.objectContaining({ code: 'VKEY_MALFORMED' }),
    );
  });
});

describe('an export of the ledger', () => {
  const filesIn = (where: string) =>
    readdirSync(where, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile() && one.name !== 'ledger.db' && !one.name.startsWith('ledger.db-'))
      .map((one) => `${relative(where, one.parentPath)}/${one.name}`)
      .sort();

  it('is the published files, and is brought up to date when it is repeated', async () => {
    const ledger = await openAfter(254);
    const out = join(folder, 'out');
    await ledger.exportTo(out);
    expect(existsSync(join(out, 'tile/0/000.p/254'))).toBe(true);
    await ledger.appendAll([254, 255, 256].map(entry));
    await ledger.exportTo(out);
    await ledger.exportTo(out);
    const exported = filesIn(out);
    expect(exported).toEqual(filesIn(folder).filter((name) => !name.startsWith('out')));
    for (const name of exported)
      expect(readFileSync(join(out, name)).equals(readFileSync(join(folder, name)))).toBe(true);
  });

  it('is refused where another log, a larger one or something else lies', async () => {
    const ledger = await openWith(3);
    const out = join(folder, 'out');
    await ledger.exportTo(out);
    const key = signerFromSeed(seed);
    const larger = { origin: 'ledger.example.org', size: 4, root: new Uint8Array(32) };
    for (const [code, note] of [
      ['LEDGER_BEHIND_CHECKPOINT', signCheckpoint(larger, key)],
      ['LEDGER_FORKED', signCheckpoint({ ...larger, size: 3 }, key)],
      ['LEDGER_CHECKPOINT_UNREADABLE', signCheckpoint(larger, certificateSigner)],
    ]) {
      writeFileSync(join(out, 'checkpoint'), note);
      await expect(ledger.exportTo(out)).rejects.toThrow(refusal(code));
    }
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken/index.html'), '');
    await expect(ledger.exportTo(join(folder, 'taken'))).rejects.toThrow(
      refusal('LEDGER_EXPORT_FOLDER_TAKEN'),
    );
  });
});
