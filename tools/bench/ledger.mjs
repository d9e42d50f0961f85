// The ledger, over dist (run `npm run build` first):
//   node tools/bench/ledger.mjs [--leaves 20000] [--tree 1000000] [--folder FOLDER]
// Appends leaves of a certificate's size one by one and together, each durable, published and proven; then proves inclusion in a tree of
// --tree leaves. FOLDER is where the ledgers lie: what a commit takes depends on its disk. Everything is removed again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { signerFromSeed } from '#libs/merkle';
import { SqliteEventStore } from '#stages/event-store';
import { Ledger } from '#stages/ledger';
import { sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    leaves: { type: 'string', default: '20000' },
    tree: { type: 'string', default: '1000000' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const ONE_BY_ONE = 50;
const TOGETHER = 4096;
const PROOFS = 2000;
const LEAF_BYTES = 480; // a Rekor entry of a certificate

const leafOf = (index) => new Uint8Array(Buffer.from(String(index).padEnd(LEAF_BYTES, '.')));
const seconds = async (work) => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

async function withLedger(home, work) {
  const events = SqliteEventStore.open(path.join(home, 'events.db'));
  const ledger = await Ledger.open({
    folder: path.join(home, 'ledger'),
    database: path.join(home, 'ledger.db'),
    origin: 'bench.example/ledger',
    signer: () => signerFromSeed(new Uint8Array(32).fill(1)),
    now: () => new Date().toISOString(),
    events,
  });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
    events.close();
  }
}

/** Leaves [from, to) in batches, as many together as one commit takes. */
async function appendTogether(ledger, from, to) {
  for (let at = from; at < to; at += TOGETHER)
    await ledger.appendAll(Array.from({ length: Math.min(TOGETHER, to - at) }, (_, i) => leafOf(at + i)));
}

function proofTimes(ledger, size) {
  const times = Array.from({ length: PROOFS }, (_, draw) => {
    const index = (draw * 7_919_003) % size;
    const started = performance.now();
    ledger.inclusionProof(index);
    return performance.now() - started;
  });
  return times.toSorted((a, b) => a - b);
}

const row = (what, measured, wanted) =>
  console.log(`${what.padEnd(58)} ${measured.padStart(18)}   ${wanted}`);
const rate = (leaves, took) => `${Math.round(leaves / took).toLocaleString('en-US')} leaves/s`;

const home = mkdtempSync(path.join(options.folder, 'lacuna-ledger-bench-'));
try {
  await withLedger(home, async (ledger) => {
    const alone = await seconds(async () => {
      for (let i = 0; i < ONE_BY_ONE; i++) await ledger.append(leafOf(i));
    });
    const [from, to] = [ONE_BY_ONE, ONE_BY_ONE + Number(options.leaves)];
    const together = await seconds(() => appendTogether(ledger, from, to));
    row('one leaf a commit: durable, published, proven', rate(ONE_BY_ONE, alone), '');
    row(
      'leaves that come together: durable, published, proven',
      rate(to - from, together),
      '≥ 5,000 leaves/s',
    );
    row('ratio', `${Math.round((to - from) / together / (ONE_BY_ONE / alone))} ×`, '');
    const tree = Number(options.tree);
    const filling = await seconds(() => appendTogether(ledger, to, tree));
    row(`filling up to ${tree.toLocaleString('en-US')} leaves`, rate(tree - to, filling), '');
    const times = proofTimes(ledger, ledger.size());
    row(
      `inclusion proof in ${ledger.size().toLocaleString('en-US')} leaves, p50`,
      `${times[PROOFS / 2].toFixed(2)} ms`,
      '',
    );
    row('the same, p99', `${times[Math.floor(PROOFS * 0.99)].toFixed(2)} ms`, '≤ 5 ms');
  });
  const opening = await seconds(() => withLedger(home, () => undefined));
  row('opening and closing that ledger again', `${opening.toFixed(2)} s`, '');
} finally {
  rmSync(home, { recursive: true, force: true });
}
