// Dataset maps in their database, over dist (run `npm run build` first):
//   node tools/bench/maps.mjs [--labels 1000000] [--deleted 300] [--runs 9] [--folder FOLDER]
// Builds the map of one shard of --labels records and makes it durable; then, --runs times and after two that do not count, takes --deleted
// labels out, version after version, makes that durable and proves it, and verifies the proof. The last row is a deletion as a rebuild
// does it, which hashes every record again and looks for what differs. FOLDER is where the database lies: what a commit takes depends on its
// disk. Everything is removed again. Memory is the most that the process has resided in, the records included.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packRecords } from '#libs/contracts';
import { fromHex } from '#libs/essentials';
import { sha256Many } from '#libs/kernels';
import { PagedSparseMap, verifyDelta } from '#libs/merkle';
import { nodeSha256 } from '#platform/crypto';
import { DatasetMaps, MapStore } from '#stages/datasets';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    labels: { type: 'string', default: '1000000' },
    deleted: { type: 'string', default: '300' },
    runs: { type: 'string', default: '9' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const [LABELS, DELETED, RUNS] = [options.labels, options.deleted, options.runs].map(Number);
const RECORDS_OF_A_PERSON = 166; // about as in MovieLens-1M
const WARM_UP = 2;
const SHARD = { line: 'bench', shard: 0 };

const hashOf = (text) => createHash('sha256').update(text).digest();
const labelOf = (index) => new Uint8Array(hashOf(`label ${index}`));
const recordOf = (index) => ({
  item: `i${index % 3706}`,
  type: 'rating',
  time: 1_700_000_000 + index,
  value: 1 + (index % 5),
  purpose: 'recommendations',
  label: labelOf(index),
  opening: new Uint8Array(hashOf(`opening ${index}`).subarray(0, 16)),
  position: BigInt(index),
});

/** People with their records packed; person p has the records from p × RECORDS_OF_A_PERSON on. */
function everybody() {
  return Array.from({ length: Math.ceil(LABELS / RECORDS_OF_A_PERSON) }, (_, person) => {
    const first = person * RECORDS_OF_A_PERSON;
    const length = Math.min(RECORDS_OF_A_PERSON, LABELS - first);
    return { records: packRecords(Array.from({ length }, (_, at) => recordOf(first + at))) };
  });
}

const timed = (work) => {
  const started = performance.now();
  const result = work();
  return { result, ms: performance.now() - started };
};

const row = (what, measured, wanted = '') =>
  console.log(`${what.padEnd(66)} ${measured.padStart(12)}   ${wanted}`);

/** The next version of the map without some labels, durable, with its proof. */
function remove(store, { number, labels }) {
  const name = `${SHARD.line}/${SHARD.shard}`;
  return store.transaction(() => {
    const map = new PagedSparseMap(store.pages(name, number - 1, number), sha256Many);
    const { root, count, proof } = map.change({ remove: labels });
    store.addVersion(name, { number, root, count });
    return { root, proof };
  });
}

function benchDeletions(store, builtRoot) {
  let oldRoot = builtRoot;
  const runs = Array.from({ length: WARM_UP + RUNS }, (_, run) => {
    const spread = Math.floor(LABELS / DELETED);
    const labels = Array.from({ length: DELETED }, (_, at) => labelOf(at * spread + run));
    const removed = timed(() => remove(store, { number: run + 2, labels }));
    const { root: newRoot, proof } = removed.result;
    const verified = timed(() => verifyDelta({ oldRoot, newRoot, proof }, nodeSha256));
    if (verified.result.deleted.length !== DELETED) throw new Error('the proof is of another deletion');
    oldRoot = newRoot;
    return { removed: removed.ms, verified: verified.ms, bytes: proof.length };
  }).slice(WARM_UP);
  const of = (which) => median(runs.map((run) => run[which]));
  row(`deletion of ${DELETED} labels: proven and durable`, `${of('removed').toFixed(1)} ms`, '≤ 30 ms');
  row('verifying its proof', `${of('verified').toFixed(1)} ms`);
  row('bytes of the proof', of('bytes').toLocaleString('en-US'));
}

const home = mkdtempSync(path.join(options.folder, 'lacuna-maps-bench-'));
const store = MapStore.open(path.join(home, 'datasets.db'));
try {
  const people = everybody();
  const maps = new DatasetMaps(store);
  const { result: built, ms } = timed(() => maps.bring({ ...SHARD, version: 1 }, people));
  const memory = `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`;
  row(`${LABELS.toLocaleString('en-US')} labels built and durable`, `${(ms / 1000).toFixed(2)} s`, '≤ 4 s');
  row('memory until then', memory, '≤ 600 MB');
  benchDeletions(store, fromHex(built.datasetRoot));
  const parent = { version: 1, datasetRoot: built.datasetRoot };
  const rebuilt = timed(() => maps.bring({ ...SHARD, version: 2, parent }, people.slice(2)));
  row('two people out, as a rebuild brings the map', `${(rebuilt.ms / 1000).toFixed(2)} s`);
} finally {
  store.close();
  rmSync(home, { recursive: true, force: true });
}
