// What one unit of each kind of work and storage costs, for the simulation (simulate.mjs), over dist (run `npm run build` first):
//   node tools/bench/unit-costs.mjs [--people 2000] [--records 100] [--requests 240] [--runs 3] [--write tools/bench/unit-costs.json]
// Invented people, a line of `sisa` in eight shards. Trainings on more and more records tell what records cost, withdrawals alone and together
// what requests cost; sizes are those of the files. Seconds are those of the processor: waiting for the disk is not in them. Each figure is the
// median of the runs, each run in a folder of its own; one that is a difference and comes out as nothing is refused. Prints JSON.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openInstallation } from '../../dist/apps/installation/index.js';
import { catalogue, interactionOf, NEW_PEOPLE, personOf } from './crowd.mjs';
import { lineThrough, median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    people: { type: 'string', default: '2000' },
    records: { type: 'string', default: '100' },
    requests: { type: 'string', default: '240' },
    write: { type: 'string' },
  },
});
const PEOPLE = Number(options.people);
const RECORDS = PEOPLE * Number(options.records);
const SHARDS = 8;
const PARTS = 4; // trainings, each on a part more; the first only warms up
const ALONE = 20;
const TOGETHER = Number(options.requests);
const FEW = Math.ceil(TOGETHER / 6);

const bytesIn = (place) =>
  statSync(place).isDirectory()
    ? readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size, 0)
    : statSync(place).size;

/** Seconds of the processor that this process has used, in all threads: they do not depend on what else the machine does. */
const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Seconds by name: of steps from before to after, of a rebuild's stages from one to the next. */
class Clock {
  seconds = {};
  count = {};
  began = new Map();

  reset() {
    [this.seconds, this.count] = [{}, {}];
  }

  add(name, seconds) {
    this.seconds[name] = (this.seconds[name] ?? 0) + seconds;
    this.count[name] = (this.count[name] ?? 0) + 1;
  }

  mean(...names) {
    return names.reduce((sum, name) => sum + (this.seconds[name] ?? 0) / (this.count[name] ?? 1), 0);
  }

  step = (id, step, when) => {
    if (when === 'before') this.began.set(`${id} ${step}`, processorSeconds());
    else this.add(step, processorSeconds() - this.began.get(`${id} ${step}`));
  };

  stage = ({ stage, done, of }) => {
    const now = processorSeconds();
    const isOver = stage === 'publish' && done === of;
    if (this.at !== undefined && (this.at !== stage || isOver)) this.add(this.at, now - this.since);
    if (this.at !== stage || isOver) [this.at, this.since] = [isOver ? undefined : stage, now];
  };
}

/** Everything once, in a folder that is removed. @returns one number by name */
async function measureOnce() {
  const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
  const clock = new Clock();
  const installation = await openInstallation({
    folder,
    threads: 1,
    line: { shards: SHARDS },
    onRequestStep: clock.step,
    onRebuild: clock.stage,
  });
  const { paths } = installation.folder;
  try {
    const { head, vaultBefore, ...units } = await workOn(installation, clock).finally(() =>
      installation.close(),
    );
    // Of files that are closed: what is written ahead has then found its place.
    return {
      ...units,
      event: bytesIn(paths.events) / head,
      readModelRecord: bytesIn(paths.readModels) / RECORDS,
      vaultSubject: (bytesIn(paths.vault) - vaultBefore) / PEOPLE,
      mapRecord: bytesIn(paths.datasets) / RECORDS,
      modelShard: bytesIn(paths.models) / SHARDS,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function workOn({ ingest, projections, trainings, requests, store, ledger, folder }, clock) {
  const { paths } = folder;
  await ingest.catalogue.catalogue(catalogue());
  const vaultBefore = bytesIn(paths.vault);
  const rows = Array.from({ length: RECORDS }, (_, at) => interactionOf(at, PEOPLE));
  let [imported, folded] = [0, 0];
  const timed = async (work) => {
    const began = processorSeconds();
    await work();
    return processorSeconds() - began;
  };
  /** Takes in some rows and trains on all there are. @returns seconds by stage */
  const trainOn = async (more) => {
    imported += await timed(() =>
      ingest.imports.importEntries(more, { onBadLine: 'stop', newPeople: NEW_PEOPLE }),
    );
    folded += await timed(() => projections.runner.caughtUp());
    clock.reset();
    await trainings.train();
    return { ...clock.seconds };
  };
  const part = RECORDS / PARTS;
  const trained = [];
  for (let n = 0; n < PARTS; n++) {
    const seconds = await trainOn(rows.slice(n * part, (n + 1) * part));
    if (n > 0) trained.push([(n + 1) * part, seconds]);
  }
  const stage = (name) =>
    lineThrough(
      trained.map(([records, seconds]) => [records, seconds[name]]),
      0,
    );
  const ledgerBefore = { bytes: bytesIn(paths.ledger), size: ledger.size() };
  const withdraw = (n) =>
    requests.withdraw(
      { requestId: randomUUID(), externalId: personOf(n), channel: 'cli' },
      { items: [interactionOf(n, PEOPLE).item] },
    );
  clock.reset();
  for (let n = 0; n < ALONE; n++) await (await withdraw(n)).finished;
  const alone = {
    intake: clock.mean('verify', 'accept', 'quarantine'),
    destroy: clock.mean('erase', 'destroy-keys'),
    publish: clock.mean('aggregator', 'publish'),
  };
  /** So many at once. @returns seconds and bytes of a certificate among them */
  const certifiedTogether = async (first, many) => {
    clock.reset();
    const before = bytesIn(paths.certificates);
    const filed = await Promise.all(Array.from({ length: many }, (_, n) => withdraw(first + n)));
    await Promise.all(filed.map(({ finished }) => finished));
    return {
      seconds: clock.mean('certify', 'close'),
      bytes: (bytesIn(paths.certificates) - before) / many,
    };
  };
  // What the others of a rebuild add to a certificate is how steep the line through few and many of them is.
  const few = await certifiedTogether(ALONE, FEW);
  const many = await certifiedTogether(ALONE + FEW, TOGETHER);
  const certify = (what) =>
    lineThrough(
      [
        [FEW, few[what]],
        [TOGETHER, many[what]],
      ],
      1,
    );
  const head = Number(await store.head());
  return {
    head,
    vaultBefore,
    ...alone,
    append: imported / RECORDS,
    project: folded / head,
    snapshotPerRecord: stage('snapshot').slope,
    trainPerRecord: stage('shard').slope,
    trainPerShard: stage('shard').value / SHARDS,
    certify: certify('seconds').value,
    certifyPerOther: certify('seconds').slope,
    certificate: certify('bytes').value,
    certificatePerOther: certify('bytes').slope,
    ledgerEntry: (bytesIn(paths.ledger) - ledgerBefore.bytes) / (ledger.size() - ledgerBefore.size),
  };
}

const runs = [];
for (let n = 0; n < Number(options.runs); n++) runs.push(await measureOnce());

const command = 'node tools/bench/unit-costs.mjs';
const measured = (name, unit, what) => {
  const value = median(runs.map((run) => run[name]));
  if (!(value > 0))
    throw new Error(`${name} cannot be told from noise: give more --people, --records or --runs`);
  return { [name]: { value: Number(value.toPrecision(3)), unit, what, command } };
};
const assumed = (value, unit, what) => ({ value, unit, what, command: 'assumed' });
const costs = {
  measured: {
    on: new Date().toISOString().slice(0, 10),
    processor: `${cpus()[0].model}, ${cpus().length} processors`,
    records: RECORDS,
    people: PEOPLE,
    requests: TOGETHER,
    runs: runs.length,
  },
  seconds: {
    ...measured('append', 's/record', 'sealed, labelled, durable'),
    ...measured('project', 's/event', 'folded into the read models'),
    ...measured('intake', 's/request', 'verified, accepted, out of use'),
    ...measured('snapshotPerRecord', 's/record', 'read for a shard’s job'),
    ...measured('trainPerRecord', 's/record', 'trained in one thread, with its dataset map'),
    ...measured('trainPerShard', 's/shard', 'whatever it holds'),
    ...measured('publish', 's/rebuild', 'aggregator, manifest, ledger, revocation'),
    ...measured('destroy', 's/request', 'records re-written, keys destroyed'),
    ...measured('certify', 's/request', 'proofs, certificate, ledger, closed'),
    ...measured('certifyPerOther', 's/request', 'the same, for each other request of the rebuild'),
  },
  prices: {
    workerMonth: assumed(60, 'EUR/month', 'two virtual processors, 8 GB'),
    keeperMonth: assumed(150, 'EUR/month', 'four virtual processors, 32 GB, a fast disk'),
    gigabyteMonth: assumed(0.1, 'EUR/month', 'one GB on replicated disks'),
  },
  bytes: {
    ...measured('event', 'B/event', 'events.db'),
    ...measured('readModelRecord', 'B/record', 'read-models.db'),
    ...measured('vaultSubject', 'B/person', 'vault.db'),
    ...measured('mapRecord', 'B/record', 'datasets.db, versions that are kept'),
    modelRecord: { value: 0, unit: 'B/record', what: 'iALS keeps item factors only', command },
    ...measured('modelShard', 'B/shard', 'model files, 2,000 items'),
    ...measured('certificate', 'B/certificate', 'bundle and proofs'),
    ...measured('certificatePerOther', 'B/certificate', 'more, for each other request of the rebuild'),
    ...measured('ledgerEntry', 'B/entry', 'tiles, statements'),
  },
};
const text = `${JSON.stringify(costs, undefined, 2)}\n`;
if (options.write === undefined) process.stdout.write(text);
else writeFileSync(options.write, text);
