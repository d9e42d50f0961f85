import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { LedgerReceipt } from '#libs/certificate';
import { equalBytes, utf8 } from '#libs/essentials';
import {
  leafHash,
  LogTree,
  noteKey,
  openCheckpoint,
  parseEntryBundle,
  parseTile,
  signerFromSeed,
  tilePath,
  tilesBetween,
  verifyInclusion,
} from '#libs/merkle';
import type { NewEvent } from '#libs/messaging';
import { writeFilesDurably } from '#platform/files';
import { InMemoryEventStore } from '#stages/event-store';
import { Ledger } from './index.js';
import type { WriteFiles } from './static-files.js';

const origin = 'ledger.example.org';
const signer = () => signerFromSeed(new Uint8Array(32).fill(1));
const key = noteKey(origin, signer().publicKey);
const home = mkdtempSync(join(tmpdir(), 'ledger-'));
afterAll(() => rmSync(home, { recursive: true }));

const entry = (index: number) => utf8(`entry ${index}`);
const tree = new LogTree();
for (let i = 0; i < 258; i++) tree.append(entry(i));

/** What a machine may lose its power before: each file and each event, one after the other. */
class DyingMachine {
  writes = 0;

  constructor(
    private readonly diesBefore: number,
    private readonly events: InMemoryEventStore,
  ) {}

  readonly writeFiles: WriteFiles = async (files, modes) => {
    for (const file of files) {
      this.step();
      await writeFilesDurably([file], modes);
    }
  };

  readonly eventStore = {
    readStream: this.events.readStream.bind(this.events),
    append: async (stream: string, events: readonly NewEvent[]) => {
      this.step();
      return this.events.append(stream, events);
    },
  };

  get isDead(): boolean {
    return this.writes >= this.diesBefore;
  }

  private step(): void {
    if (++this.writes >= this.diesBefore) throw new Error('the machine died here');
  }
}

const now = () => '2026-01-02T03:04:05.000Z';

/** A client of the published files: every tile that the checkpoint covers must be there and lead to its root. */
function expectWhole(folder: string): number {
  if (!existsSync(join(folder, 'checkpoint'))) return 0;
  const read = (path: string) => Uint8Array.from(readFileSync(join(folder, path)));
  const { size, root } = openCheckpoint(read('checkpoint'), key);
  expect(root).toEqual(tree.root(size));
  for (const tile of tilesBetween(0, size)) {
    // A partial tile may give way to the full one (C2SP tlog-tiles, "Partial Tiles").
    const there = [tile, { ...tile, width: 256 }].find((one) => existsSync(join(folder, tilePath(one))))!;
    const hashes = parseTile(read(tilePath(there)), there.width);
    if (tile.level > 0) continue;
    const bundle = tilePath(there).replace('tile/0/', 'tile/entries/');
    const entries = parseEntryBundle(read(bundle), there.width);
    expect(entries.every((one, at) => equalBytes(leafHash(one), hashes[at]))).toBe(true);
  }
  return size;
}

function expectProven(index: number, { inclusionProof, checkpoint, ...receipt }: LedgerReceipt): void {
  const { size, root } = openCheckpoint(utf8(checkpoint), key);
  expect([receipt.index, root]).toEqual([index, tree.root(size)]);
  verifyInclusion({ index, size, leafHash: leafHash(entry(index)), proof: inclusionProof, root });
}

/** Batches that fill a tile, end a partial one, and reach the second level. */
const BATCHES = [2, 255, 1];

describe('a ledger whose machine dies before any of its writes', () => {
  it('keeps what it acknowledged, covers nothing that is not there, and goes on with the same log', async () => {
    for (let diesBefore = 1; ; diesBefore++) {
      const folder = join(home, `${diesBefore}`);
      const events = new InMemoryEventStore();
      const machine = new DyingMachine(diesBefore, events);
      const acknowledged: LedgerReceipt[] = [];
      let appended = 0;
      try {
        const { writeFiles, eventStore } = machine;
        const ledger = await Ledger.open({ folder, origin, signer, now, events: eventStore, writeFiles });
        for (const count of BATCHES) {
          const leaves = Array.from({ length: count }, () => entry(appended++));
          acknowledged.push(...(await ledger.appendAll(leaves).catch(() => [])));
          if (machine.isDead) break;
        }
        await ledger.close();
      } catch (error) {
        if (!machine.isDead) throw error;
      }
      const seen = expectWhole(folder);
      acknowledged.forEach((receipt, index) => expectProven(index, receipt));
      expect(seen).toBeGreaterThanOrEqual(acknowledged.length);

      const again = await Ledger.open({ folder, origin, signer, now, events });
      expect(again.size()).toBeGreaterThanOrEqual(seen);
      expect(expectWhole(folder)).toBe(again.size());
      const repeated = await again.appendAll(Array.from({ length: appended }, (_, index) => entry(index)));
      repeated.forEach((receipt, index) => expectProven(index, receipt));
      await again.close();
      expect(expectWhole(folder)).toBe(appended);
      if (!machine.isDead) {
        expect(machine.writes).toBeGreaterThan(15);
        return;
      }
    }
  }, 240_000);

  it('is not mistaken for the ledger that a backup brings back', async () => {
    const [folder, backup] = [join(home, 'live'), join(home, 'backup')];
    const events = new InMemoryEventStore();
    const open = () => Ledger.open({ folder, origin, signer, now, events });
    const ledger = await open();
    await ledger.append(entry(0));
    await ledger.close();
    cpSync(folder, backup, { recursive: true });
    const later = await open();
    await later.append(entry(1));
    await later.close();
    rmSync(folder, { recursive: true });
    cpSync(backup, folder, { recursive: true });
    await expect(open()).rejects.toMatchObject({
      code: 'LEDGER_BEHIND_HISTORY',
      facts: { held: 1, published: 2 },
    });
  });
});
