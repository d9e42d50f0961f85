// How much faster two workers are than one, over dist (run `npm run build` first), with the Redis of LACUNA_REDIS_URL:
//   node tools/bench/workers.mjs [--people 4000] [--items 2000] [--shards 32] [--runs 3]
// Each worker is a process with one thread; the keeper hands over the records of equal shards, which nobody has trained before. Wanted: ≥ 1.8.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import { packRecords } from '#libs/contracts';
import { createGenesis, defaultModelConfig } from '#libs/learning';
import { trainingCodeDigest } from '#platform/build';
import { ModelRegistry } from '#stages/training';
import { FolderInputs, JobQueue, QueuedTrainer } from '#stages/training/queue';
import { DEFAULT_SETTINGS, JOBS_FOLDER } from '../../dist/apps/installation/index.js';
import { median, root, sharedOptions } from './options.mjs';
import { processorSecondsOf } from './processor.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    people: { type: 'string', default: '4000' },
    items: { type: 'string', default: '2000' },
    shards: { type: 'string', default: '32' },
  },
});
const [people, itemCount, shards] = [options.people, options.items, options.shards].map(Number);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const url = process.env.LACUNA_REDIS_URL ?? 'redis://127.0.0.1:6379/7';
const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-workers-'));
const installation = randomUUID();
writeFileSync(path.join(folder, 'lacuna.json'), JSON.stringify({ ...DEFAULT_SETTINGS, installation }));

const WANTED = 1.8;
const NO_ROOT = '0'.repeat(64); // the dataset map is the keeper's work, and not measured
const items = Array.from({ length: itemCount }, (_, at) => `i${at}`);
const genesis = createGenesis({
  line: 'main',
  config: defaultModelConfig({ shards }),
  seed: new Uint8Array(32).fill(1),
  partitionKey: new Uint8Array(32).fill(2),
  codeDigest: trainingCodeDigest(),
  createdAt: '2026-01-01T00:00:00.000Z',
});

/** Shards alike in size, other people in each run: no file is there from before. */
function worksOf(run) {
  return Array.from({ length: shards }, (_, shard) => {
    const subjects = Array.from({ length: Math.ceil(people / shards) }, (_, person) => ({
      subject: `p${run}-${shard}-${person}`,
      records: packRecords(
        Array.from({ length: 50 }, (_, at) => ({
          label: labelOf(run, shard, person, at),
          opening: new Uint8Array(16).fill(at),
          position: 1n,
          item: items[(person * 7 + at * 13 + shard) % itemCount],
          type: 'rating',
          time: 1_700_000_000 + at,
          value: 4,
          purpose: 'recommendations',
        })).sort((a, b) => Buffer.compare(a.label, b.label)),
      ),
    }));
    return { genesis, shard, items, subjects, checkpoints: [] };
  });
}

function labelOf(...numbers) {
  const label = new Uint8Array(32);
  numbers.forEach((number, at) => new DataView(label.buffer).setUint32(at * 4, number));
  return label;
}

async function startWorker() {
  const program = path.join(root, 'dist/apps/cli/main.js');
  const argv = [program, '--data-folder', folder, 'worker', '--concurrency', '1', '--log-level', 'warn'];
  const child = spawn(process.execPath, argv, { env: { ...process.env, LACUNA_REDIS_URL: url } });
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('takes 1 jobs') && resolve());
    child.stderr.pipe(process.stderr);
    child.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
  });
  return child;
}

/** Processor seconds so far. A limit follows: what all of them take in the run with two workers cannot be done faster by two processors. */
async function processorSeconds() {
  const redis = Object.fromEntries(
    [...(await observer.info('cpu')).matchAll(/^(used_cpu_\w+):([\d.]+)/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  const { user, system } = process.cpuUsage();
  return {
    keeper: (user + system) / 1e6,
    workers: workers.reduce((sum, { pid }) => sum + processorSecondsOf(pid), 0),
    Redis: redis.used_cpu_sys + redis.used_cpu_user,
  };
}

const observer = new Redis(url);
const queue = new JobQueue({ url, installation, codeDigest: trainingCodeDigest() });
const files = new ModelRegistry(path.join(folder, 'models'));
const inputs = new FolderInputs(path.join(folder, JOBS_FOLDER));
const trainer = new QueuedTrainer({ queue, files, inputs });
const workers = [];
const runs = { 1: [], 2: [] };
try {
  for (const count of [1, 2]) {
    while (workers.length < count) workers.push(await startWorker());
    for (let run = 0; run <= Number(options.runs); run++) {
      const works = worksOf(run + 100 * count);
      collectGarbage(); // what making them has left is not the keeper's work
      const before = await processorSeconds();
      const begin = performance.now();
      await Promise.all(
        works.map((work) =>
          trainer.train(
            work,
            { rebuildId: `bench-${count}-${run}`, line: 'main', version: 1 },
            { map: () => ({ datasetRoot: NO_ROOT }) },
          ),
        ),
      );
      const seconds = (performance.now() - begin) / 1000;
      const after = await processorSeconds();
      const used = Object.fromEntries(Object.keys(after).map((who) => [who, after[who] - before[who]]));
      if (run > 0) runs[count].push({ seconds, used }); // the first one warms up
    }
  }
} finally {
  observer.disconnect();
  await trainer.close();
  await Promise.all(
    workers.map((child) => new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGTERM'))),
  );
  rmSync(folder, { recursive: true });
}
const [one, two] = [1, 2].map((count) => median(runs[count].map(({ seconds }) => seconds)));
for (const [count, name, seconds] of [
  [1, 'one worker', one],
  [2, 'two workers', two],
]) {
  const used = Object.keys(runs[count][0].used).map(
    (who) => `${who} ${median(runs[count].map((run) => run.used[who])).toFixed(2)}`,
  );
  console.log(
    `${shards} shards, ${name}`.padEnd(40),
    `${seconds.toFixed(2)} s; of processors ${used.join(', ')} s`,
  );
}
console.log(`two against one (wanted ≥ ${WANTED})`.padEnd(40), (one / two).toFixed(2));
const all = median(runs[2].map(({ used }) => Object.values(used).reduce((sum, of) => sum + of, 0)));
console.log('the most that two processors allow'.padEnd(40), ((one * 2) / all).toFixed(2));
if (one / two < WANTED) process.exitCode = 1;
