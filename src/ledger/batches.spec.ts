import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerReceipt } from '#libs/certificate';
import { utf8 } from '#libs/essentials';
import { leafHash, openCheckpoint, signerFromSeed, verifyInclusion } from '#libs/merkle';
import { streamNames } from '#libs/messaging';
import { InMemoryEventStore } from '#stages/event-store';
import { GroupCommit } from '#platform/group-commit';
import { Ledger, type LedgerOptions } from './index.js';

const entry = (index: number) => utf8(`entry ${index}`);
const origin = 'ledger.example.org';
const opened: Ledger[] = [];
let folder: string;
let events: InMemoryEventStore;

async function open(changes: Partial<LedgerOptions> = {}): Promise<Ledger> {
  const signer = () => signerFromSeed(new Uint8Array(32).fill(1));
  const now = () => '2026-01-02T03:04:05.000Z';
  const ledger = await Ledger.open({ folder, origin, signer, now, events, ...changes });
  opened.push(ledger);
  return ledger;
}

async function publishedSizes(): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { data } of events.readStream(streamNames.ledger(origin)))
    sizes.push((data as { size: number }).size);
  return sizes;
}

function verify(
  ledger: Ledger,
  leaf: Uint8Array,
  { index, inclusionProof, checkpoint }: LedgerReceipt,
): void {
  const { size, root } = openCheckpoint(utf8(checkpoint), ledger.key);
  verifyInclusion({ index, size, leafHash: leafHash(leaf), proof: inclusionProof, root });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  events = new InMemoryEventStore();
});
afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
  rmSync(folder, { recursive: true });
});

describe('leaves that are appended at the same time', () => {
  it('share one checkpoint, which proves each of them', async () => {
    const ledger = await open();
    const leaves = Array.from({ length: 700 }, (_, i) => entry(i));
    const receipts = await Promise.all(leaves.map((leaf) => ledger.append(leaf)));
    receipts.forEach((receipt, at) => verify(ledger, leaves[at], receipt));
    expect(receipts.map(({ index }) => index)).toEqual(leaves.map((_, at) => at));
    expect(await publishedSizes()).toEqual([700]);
  });

  it('are published in batches of at most so many', async () => {
    const ledger = await open({ batches: { maxItems: 3 } });
    const receipts = await ledger.appendAll([0, 1, 2, 3, 4, 5, 6].map(entry));
    receipts.forEach((receipt, at) => verify(ledger, entry(at), receipt));
    expect(await publishedSizes()).toEqual([3, 6, 7]);
  });

  it('leave partial tiles only of the sizes that a checkpoint covers', async () => {
    const ledger = await open();
    await ledger.appendAll([0, 1, 2].map(entry));
    await ledger.appendAll([3, 4].map(entry));
    expect(readdirSync(join(folder, 'tile/0/000.p')).sort()).toEqual(['3', '5']);
  });

  it('get one index when they are the same', async () => {
    const ledger = await open();
    const receipts = await ledger.appendAll([0, 1, 0, 1].map(entry));
    expect(receipts.map(({ index }) => index)).toEqual([0, 1, 0, 1]);
    expect(ledger.size()).toBe(2);
  });

  it('do not suffer from one that no bundle can hold', async () => {
    const ledger = await open();
    const [fine, tooLarge, fineToo] = await Promise.allSettled([
      ledger.append(entry(0)),
      ledger.append(new Uint8Array(65_536)),
      ledger.append(entry(1)),
    ]);
    expect(tooLarge).toMatchObject({ status: 'rejected', reason: { code: 'ENTRY_TOO_LARGE' } });
    expect([fine, fineToo]).toMatchObject([{ value: { index: 0 } }, { value: { index: 1 } }]);
  });

  it('are all refused when the disk is full, and none of them is kept', async () => {
    const ledger = await open({ maxBytes: 100_000 });
    await ledger.append(entry(0));
    const before = ledger.checkpoint();
    const large = Array.from({ length: 4 }, (_, i) => new Uint8Array(40_000).fill(i));
    const refused = await Promise.allSettled(large.map((leaf) => ledger.append(leaf)));
    for (const outcome of refused)
      expect(outcome).toMatchObject({ reason: { code: 'LEDGER_FULL', nextStep: expect.any(String) } });
    expect([ledger.size(), ledger.checkpoint()]).toEqual([1, before]);
    await expect(ledger.append(entry(1))).resolves.toMatchObject({ index: 1 });
  });

  it('are published before the ledger closes', async () => {
    const ledger = await open();
    const appended = ledger.appendAll([0, 1].map(entry));
    await ledger.close();
    expect((await appended).map(({ index }) => index)).toEqual([0, 1]);
    await expect(ledger.append(entry(2))).rejects.toMatchObject({ code: 'LEDGER_CLOSED' });
  });
});

describe('a shared commit', () => {
  it('takes what arrived during the one before it, without waiting again', async () => {
    const batches: (readonly number[])[] = [];
    let release = (): void => undefined;
    const commits = new GroupCommit<number, number>(
      async (items) => {
        batches.push(items);
        await new Promise<void>((resolve) => (release = resolve));
        return items;
      },
      { maxItems: 10, delay: 0 },
    );
    const first = commits.add(1);
    while (batches.length === 0) await new Promise((next) => setImmediate(next));
    const later = [commits.add(2), commits.add(3)];
    release();
    await first;
    while (batches.length === 1) await new Promise((next) => setImmediate(next));
    release();
    expect(await Promise.all(later)).toEqual([2, 3]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('that fails fails its own items only', async () => {
    const commits = new GroupCommit<number, number>(
      (items) => (items.includes(1) ? Promise.reject(new Error('refused')) : Promise.resolve(items)),
      { maxItems: 2, delay: 0 },
    );
    const outcomes = await Promise.allSettled([0, 1, 2].map((item) => commits.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
