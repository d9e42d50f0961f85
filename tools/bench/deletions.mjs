// Random deletion sequences, over dist (run `npm run build` first): after each step the unlearned line must have the bytes of one
// that was trained from nothing on what is left.
//   node tools/bench/deletions.mjs [--data FOLDER] [--sequences 10000] [--steps 3] [--threads 2] [--seed 64 hex digits]
// FOLDER holds the datasets; LACUNA_SHARED/data unless given. Each sequence takes a few people of one dataset, one of the
// configurations that this build trains (small ones) and 1 … 16 shards. Exit code 1 when any file differs.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { deletionSequence, namedRecords, sampleOf, smallConfigs } from '#libs/evaluation';
import { aggregatorReady, createGenesis, drawsOf } from '#libs/learning';
import { openPartition } from '#libs/sharding';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import { readDataset } from '../../dist/apps/evaluation/index.js';
import { sharedOptions } from './options.mjs';

const DATASETS = ['ml-1m', 'ml-100k', 'lastfm-hetrec2k', 'amazon-beauty'];
const SAMPLE = { people: 10, records: 12 };
const MOST_SHARDS = 16;
const PARTITION_KEY = new Uint8Array(32).fill(7);
const REPORT_EVERY = 250;

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    sequences: { type: 'string', default: '10000' },
    steps: { type: 'string', default: '3' },
    seed: { type: 'string', default: '20261123'.repeat(8) },
  },
});

/** Dataset, configuration and shards follow from the number of the sequence, people and deletions from draws named after it. */
function runSequence(number, datasets) {
  const draw = drawsOf(options.seed, nodeSha256);
  const id = String(number);
  const dataset = datasets[number % datasets.length];
  const shards = 1 + (Math.floor(number / datasets.length) % MOST_SHARDS);
  const configs = smallConfigs(shards);
  const { name, config } = configs[Math.floor(draw('bench/configuration', id).uniform(0) * configs.length)];
  const { items, categories, people } = sampleOf(dataset, SAMPLE, draw('bench/sample', id));
  const line = { ...lineOf(config), items, categories };
  const naming = { purpose: config.purpose, hash: nodeSha256, hmac: nodeHmacSha256 };
  const records = [...people].map(([subject, own]) => [subject, namedRecords(subject, own, naming)]);
  const steps = deletionSequence(line, records, {
    steps: Number(options.steps),
    draws: draw('bench/deletions', id),
  });
  return { number, dataset: dataset.name, name, shards, steps };
}

function lineOf(config) {
  const genesis = createGenesis({
    line: 'bench',
    seed: Buffer.from(options.seed, 'hex'),
    config,
    partitionKey: PARTITION_KEY,
    codeDigest: '0'.repeat(64),
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  const partition = openPartition(config.partition, PARTITION_KEY, nodeHmacSha256);
  return { genesis, partition, hash: nodeSha256 };
}

/** Every threads-th sequence. */
async function work({ thread, threads }) {
  const datasets = await Promise.all(DATASETS.map((name) => readDataset(path.join(options.data, name))));
  for (const { config } of smallConfigs(1)) await aggregatorReady(config);
  for (let number = thread; number < Number(options.sequences); number += threads)
    parentPort.postMessage(runSequence(number, datasets));
}

function run() {
  const threads = Number(options.threads);
  const begin = performance.now();
  const tally = { sequences: 0, steps: 0, mismatches: 0, byConfig: new Map(), byDataset: new Map() };
  const workers = Array.from(
    { length: threads },
    (_, thread) =>
      new Worker(new URL(import.meta.url), {
        argv: process.argv.slice(2),
        workerData: { thread, threads },
      }),
  );
  const ends = workers.map(
    (worker) =>
      new Promise((resolve, reject) => {
        worker.on('message', (result) => count(result, tally));
        worker.on('error', reject);
        worker.on('exit', resolve);
      }),
  );
  return Promise.all(ends).then(() => report(tally, (performance.now() - begin) / 1000));
}

function count({ number, dataset, name, shards, steps }, tally) {
  tally.sequences++;
  tally.steps += steps.length;
  tally.byConfig.set(name, (tally.byConfig.get(name) ?? 0) + 1);
  tally.byDataset.set(dataset, (tally.byDataset.get(dataset) ?? 0) + 1);
  for (const { change, differences } of steps) {
    if (differences.length === 0) continue;
    tally.mismatches++;
    console.log(
      `MISMATCH in sequence ${number}: ${dataset}, ${name}, S = ${shards}, ${change}: ${differences}`,
    );
  }
  if (tally.sequences % REPORT_EVERY === 0 && process.stderr.isTTY)
    process.stderr.write(`\r${tally.sequences} sequences, ${tally.mismatches} mismatches`);
}

function report({ sequences, steps, mismatches, byConfig, byDataset }, seconds) {
  for (const [name, times] of [...byDataset, ...[...byConfig].sort()])
    console.log(`${name.padEnd(44)} ${String(times).padStart(6)}`);
  console.log(
    `${sequences} sequences, ${steps} deletions and additions, ${mismatches} mismatches, ${seconds.toFixed(0)} s`,
  );
  if (mismatches > 0) process.exitCode = 1;
}

await (isMainThread ? run() : work(workerData));
