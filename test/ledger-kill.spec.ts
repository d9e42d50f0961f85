import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { noteKey, openCheckpoint, signerFromSeed, verifyConsistency, type Checkpoint } from '#libs/merkle';
import { SqliteEventStore } from '#stages/event-store';
import { Ledger } from '#stages/ledger';
import { TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const WRITER = fileURLToPath(new URL('support/ledger-writer.mjs', import.meta.url));
const KILLS = [3, 40, 90, 150, 220, 300]; // milliseconds after the first acknowledgement
const signer = () => signerFromSeed(new Uint8Array(32).fill(1));
const key = noteKey('ledger.example.org', signer().publicKey);

/** Runs a writer until it is killed; what it had acknowledged by then, and every checkpoint that a client saw meanwhile. */
async function killedWriter(folder: string, first: number, delay: number) {
  const child = spawn(process.execPath, [WRITER, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen: Checkpoint[] = [];
  let out = '';
  const look = setInterval(() => {
    const file = path.join(folder, 'ledger/checkpoint');
    if (existsSync(file)) seen.push(openCheckpoint(Uint8Array.from(readFileSync(file)), key));
  }, 2);
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), delay));
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
  clearInterval(look);
  expect(signal).toBe('SIGKILL');
  return { acknowledged: out.split('\n').slice(0, -1).map(Number), seen };
}

describe('a process that is killed while it writes the ledger', () => {
  it('has lost nothing that it acknowledged, and never showed a fork', async () => {
    const folder = folders.next();
    mkdirSync(folder);
    const seen: Checkpoint[] = [];
    let size = 0;
    for (const delay of KILLS) {
      const run = await killedWriter(folder, size, delay);
      seen.push(...run.seen);
      const events = SqliteEventStore.open(path.join(folder, 'events.db'));
      const ledger = await Ledger.open({
        folder: path.join(folder, 'ledger'),
        database: path.join(folder, 'ledger.db'),
        origin: key.name,
        signer,
        now: () => '2026-01-02T03:04:05.000Z',
        events,
      });
      expect(run.acknowledged.length).toBeGreaterThan(0);
      for (const index of run.acknowledged) expect(ledger.leaf(index)).toEqual(utf8(`entry ${index}`));
      const { size: newSize, root: newRoot } = ledger.head();
      for (const { size: oldSize, root: oldRoot } of seen.filter((head) => head.size > 0))
        verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: ledger.consistencyProof(oldSize) });
      size = newSize;
      await ledger.close();
      await events.close();
    }
    const sizes = seen.map((head) => head.size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  }, 120_000);
});
