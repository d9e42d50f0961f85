// Appends leaves to the ledger in a folder until it is killed, and prints the index of each that was acknowledged:
//   node test/support/ledger-writer.mjs FOLDER FIRST
import { writeSync } from 'node:fs';
import path from 'node:path';
import { signerFromSeed } from '#libs/merkle';
import { SqliteEventStore } from '#stages/event-store';
import { Ledger } from '#stages/ledger';

const [folder, first] = process.argv.slice(2);
const ledger = await Ledger.open({
  folder: path.join(folder, 'ledger'),
  database: path.join(folder, 'ledger.db'),
  origin: 'ledger.example.org',
  signer: () => signerFromSeed(new Uint8Array(32).fill(1)),
  now: () => '2026-01-02T03:04:05.000Z',
  events: SqliteEventStore.open(path.join(folder, 'events.db')),
});
for (let next = Number(first); ;) {
  const indexes = Array.from({ length: 1 + (next % 60) }, () => next++);
  const receipts = await ledger.appendAll(
    indexes.map((index) => new Uint8Array(Buffer.from(`entry ${index}`))),
  );
  writeSync(1, receipts.map(({ index }) => `${index}\n`).join(''));
}
