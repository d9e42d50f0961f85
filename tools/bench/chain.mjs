// The whole chain on MovieLens-1M, over dist (run `npm run build` first):
//   node tools/bench/chain.mjs [--data FOLDER] [--runs 3] [--threads 2] [--strategy sisa] [--only-erasures]
// --only-erasures leaves out the rebuild of the projections and the verification, which take half of a run.
// FOLDER holds ml-1m/; LACUNA_SHARED/data unless given. Imports, folds, trains, erases, verifies; prints medians and what the
// issue asks for. Everything happens in a temporary folder that is removed again.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exportBundle, openInstallation } from '../../dist/apps/installation/index.js';
import { strategyConfig } from '#libs/learning';
import { median, root, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    strategy: { type: 'string', default: 'sisa' },
    'only-erasures': { type: 'boolean', default: false },
  },
});
const RUNS = Number(options.runs);
const ERASURES = 5;
const VERIFICATIONS = 11;
const ALL = !options['only-erasures'];
const folder = path.join(options.data, 'ml-1m');

const clock = async (work) => {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
};

async function runOnce(home) {
  const installation = await openInstallation({
    folder: path.join(home, 'data'),
    threads: Number(options.threads),
    line: { config: strategyConfig(options.strategy) },
  });
  try {
    const newPeople = { purpose: 'recommendations', method: 'bench', evidenceReference: 'urn:lacuna:bench' };
    const source = {
      file: path.join(folder, 'ratings.csv.gz'),
      items: path.join(folder, 'items.csv'),
      purpose: 'recommendations',
      type: 'rating',
    };
    const imported = await clock(() =>
      installation.ingest.imports.importRatings({ ...source, onBadLine: 'stop', newPeople }),
    );
    await installation.projections.runner.caughtUp();
    const rebuilt = ALL && (await clock(() => installation.projections.runner.rebuild()));
    const trained = await clock(() => installation.trainings.train());
    const erasures = [];
    for (let person = 1; person <= ERASURES; person++)
      erasures.push(await erase(installation, String(person * 100)));
    if (ALL) await exportBundle(installation, path.join(home, 'out'));
    await installation.close(); // a stranger's machine does nothing else while it verifies
    return {
      importRate: imported.result.recorded / imported.seconds,
      projectionRate: ALL ? rebuilt.result.events / rebuilt.seconds : NaN,
      trainSeconds: trained.seconds,
      erasureSeconds: median(erasures),
      verifySeconds: ALL ? verify(path.join(home, 'out')) : NaN,
      megabytes: process.resourceUsage().maxRSS / 1024,
    };
  } finally {
    await installation.close();
  }
}

/** Seconds from acceptance to the issued certificate. */
async function erase({ requests }, externalId) {
  const { finished } = await requests.erase({ requestId: randomUUID(), externalId, channel: 'cli' });
  const { acceptedAt, issuedAt } = await finished;
  return (Date.parse(issuedAt) - Date.parse(acceptedAt)) / 1000;
}

/** Seconds of `lacuna-verify certificate` as a process, median. */
function verify(out) {
  const certificate = readdirSync(path.join(out, 'certificates')).find((name) =>
    name.endsWith('.sigstore.json'),
  );
  const args = [
    path.join(root, 'dist/apps/verifier/main.js'),
    'certificate',
    path.join(out, 'certificates', certificate),
    '--trust',
    path.join(out, 'trust'),
  ];
  return median(
    Array.from({ length: VERIFICATIONS }, () => {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args);
      if (status !== 0) throw new Error(`the certificate was refused: ${stderr}`);
      return (performance.now() - started) / 1000;
    }),
  );
}

if (!existsSync(folder))
  throw new Error(`${folder} is missing; give the folder of the data sets: --data FOLDER`);
const runs = [];
for (let run = 0; run < RUNS; run++) {
  const home = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
  try {
    runs.push(await runOnce(home));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
const of = (field) => median(runs.map((run) => run[field]));
const rows = [
  [
    'import of MovieLens-1M: sealed, labelled, durable',
    `${Math.round(of('importRate')).toLocaleString('en-US')} events/s`,
    '≥ 25,000',
  ],
  [
    'rebuild of all projections',
    `${Math.round(of('projectionRate')).toLocaleString('en-US')} events/s`,
    '≥ 100,000',
  ],
  ['training of 8 shards, datasets and publication included', `${of('trainSeconds').toFixed(2)} s`, '≤ 6 s'],
  ['erasure of a person, accepted → certified', `${of('erasureSeconds').toFixed(2)} s`, '≤ 3 s'],
  ['lacuna-verify certificate, as a process', `${Math.round(of('verifySeconds') * 1000)} ms`, '≤ 300 ms'],
  [
    'resident memory of all that, at most',
    `${Math.round(of('megabytes')).toLocaleString('en-US')} MB`,
    '≤ 1,500 MB',
  ],
];
console.log(`Medians of ${RUNS} runs, ${options.threads} threads, strategy ${options.strategy}:`);
for (const row of rows.filter(([, measured]) => !measured.includes('NaN')))
  console.log(`${row[0].padEnd(56)} ${row[1].padStart(18)}   ${row[2]}`);
