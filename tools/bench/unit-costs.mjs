// What one unit of each kind of work and storage costs, for the simulation (simulate.mjs), over dist (run `npm run build` first):
//   node tools/bench/unit-costs.mjs [--people 2000] [--records 100] [--requests 60] [--write tools/bench/unit-costs.json]
// Invented people, a line of `sisa` in eight shards. Two trainings tell what records cost, withdrawals alone and together what requests cost;
// sizes are those of the files. Seconds are those of the processor: waiting for the disk is not in them. Prints JSON.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openInstallation } from '../../dist/apps/installation/index.js';
import { catalogue, interactionOf, NEW_PEOPLE, personOf } from './crowd.mjs';
import { sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    people: { type: 'string', default: '2000' },
    records: { type: 'string', default: '100' },
    requests: { type: 'string', default: '60' },
    write: { type: 'string' },
  },
});
const PEOPLE = Number(options.people);
const RECORDS = PEOPLE * Number(options.records);
const SHARDS = 8;
const ALONE = 6;

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

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
try {
  const clock = new Clock();
  const installation = await openInstallation({
    folder,
    threads: 1,
    line: { shards: SHARDS },
    onRequestStep: clock.step,
    onRebuild: clock.stage,
  });
  const { ingest, projections, trainings, requests, store, folder: data } = installation;
  await ingest.catalogue.catalogue(catalogue());
  const vaultBefore = bytesIn(data.paths.vault);
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
      ingest.imports.importEntries(more, {
        onBadLine: 'stop',
        newPeople: NEW_PEOPLE,
      }),
    );
    folded += await timed(() => projections.runner.caughtUp());
    clock.seconds = {};
    await trainings.train();
    return { ...clock.seconds };
  };
  const half = RECORDS / 2;
  const [first, second] = [await trainOn(rows.slice(0, half)), await trainOn(rows.slice(half))];
  /** Of a straight line through the two trainings: what a record costs, and what is there without any. */
  const slopeOf = (stage) => Math.max(0, second[stage] - first[stage]) / half;
  const restOf = (stage) => Math.max(0, second[stage] - slopeOf(stage) * RECORDS);
  const certificates = data.paths.certificates;
  const ledgerBefore = { bytes: bytesIn(data.paths.ledger), size: installation.ledger.size() };
  const withdraw = (n) =>
    requests.withdraw(
      { requestId: randomUUID(), externalId: personOf(n), channel: 'cli' },
      { items: [interactionOf(n, PEOPLE).item] },
    );
  const reset = () => ([clock.seconds, clock.count] = [{}, {}]);
  // Each by itself, then all at once: what the others of a rebuild add to a certificate is the difference.
  reset();
  for (let n = 0; n < ALONE; n++) await (await withdraw(n)).finished;
  const alone = {
    intake: clock.mean('verify', 'accept', 'quarantine'),
    destroy: clock.mean('erase', 'destroy-keys'),
    certify: clock.mean('certify', 'close'),
    publish: clock.mean('aggregator', 'publish'),
    bytes: bytesIn(certificates) / ALONE,
  };
  reset();
  const together = Number(options.requests);
  const filed = await Promise.all(Array.from({ length: together }, (_, n) => withdraw(ALONE + n)));
  await Promise.all(filed.map(({ finished }) => finished));
  const bytesTogether = (bytesIn(certificates) - alone.bytes * ALONE) / together;
  const perOther = (value, valueAlone) => Math.max(0, value - valueAlone) / (together - 1);
  const ledgerAfter = { bytes: bytesIn(data.paths.ledger), size: installation.ledger.size() };
  const head = Number(await store.head());
  await installation.close();

  const command = 'node tools/bench/unit-costs.mjs';
  const measured = (value, unit, what) => ({ value: Number(value.toPrecision(3)), unit, what, command });
  const assumed = (value, unit, what) => ({ value, unit, what, command: 'assumed' });
  const costs = {
    measured: {
      on: new Date().toISOString().slice(0, 10),
      processor: `${cpus()[0].model}, ${cpus().length} processors`,
      records: RECORDS,
      people: PEOPLE,
      requests: together,
    },
    seconds: {
      append: measured(imported / RECORDS, 's/record', 'sealed, labelled, durable'),
      project: measured(folded / head, 's/event', 'folded into the read models'),
      intake: measured(alone.intake, 's/request', 'verified, accepted, out of use'),
      snapshotPerRecord: measured(slopeOf('snapshot'), 's/record', 'read for a shard’s job'),
      trainPerRecord: measured(slopeOf('shard'), 's/record', 'trained in one thread, with its dataset map'),
      trainPerShard: measured(restOf('shard') / SHARDS, 's/shard', 'whatever it holds'),
      publish: measured(alone.publish, 's/rebuild', 'aggregator, manifest, ledger, revocation'),
      destroy: measured(alone.destroy, 's/request', 'records re-written, keys destroyed'),
      certify: measured(alone.certify, 's/request', 'proofs, certificate, ledger, closed'),
      certifyPerOther: measured(
        perOther(clock.mean('certify', 'close'), alone.certify),
        's/request',
        'the same, for each other request of the rebuild',
      ),
    },
    prices: {
      workerMonth: assumed(60, 'EUR/month', 'two virtual processors, 8 GB'),
      keeperMonth: assumed(150, 'EUR/month', 'four virtual processors, 32 GB, a fast disk'),
      gigabyteMonth: assumed(0.1, 'EUR/month', 'one GB on replicated disks'),
    },
    bytes: {
      event: measured(bytesIn(data.paths.events) / head, 'B/event', 'events.db'),
      readModelRecord: measured(bytesIn(data.paths.readModels) / RECORDS, 'B/record', 'read-models.db'),
      vaultSubject: measured((bytesIn(data.paths.vault) - vaultBefore) / PEOPLE, 'B/person', 'vault.db'),
      mapRecord: measured(
        bytesIn(data.paths.datasets) / RECORDS,
        'B/record',
        'datasets.db, versions that are kept',
      ),
      modelRecord: measured(0, 'B/record', 'iALS keeps item factors only'),
      modelShard: measured(bytesIn(data.paths.models) / SHARDS, 'B/shard', 'model files, 2,000 items'),
      certificate: measured(alone.bytes, 'B/certificate', 'bundle and proofs'),
      certificatePerOther: measured(
        perOther(bytesTogether, alone.bytes),
        'B/certificate',
        'more, for each other request of the rebuild',
      ),
      ledgerEntry: measured(
        (ledgerAfter.bytes - ledgerBefore.bytes) / (ledgerAfter.size - ledgerBefore.size),
        'B/entry',
        'tiles, statements',
      ),
    },
  };
  const text = `${JSON.stringify(costs, undefined, 2)}\n`;
  if (options.write === undefined) process.stdout.write(text);
  else writeFileSync(options.write, text);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
