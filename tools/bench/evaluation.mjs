// Speed of ranking all items for everybody who is tested, over dist (run `npm run build` first):
//   node tools/bench/evaluation.mjs [--data FOLDER] [--runs 3] [--threads 2] [--shards 8]
// FOLDER holds ml-1m-receraser-split/; LACUNA_SHARED/data unless given. Trains once; then asks for the 50 best of every item, training items masked.
// The first question opens the model in each thread and is not counted.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { splitDataset, divideRecords } from '#libs/evaluation';
import { strategyConfig } from '#libs/learning';
import {
  evaluatedData,
  filesOf,
  measuringDraws,
  openLine,
  openWorkshop,
  queriesOf,
  readDataset,
  storedPeople,
  trainLine,
} from '../../dist/apps/evaluation/index.js';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: { ...sharedOptions, shards: { type: 'string', default: '8' } },
});
const K = 50;

const dataset = await readDataset(path.join(options.data, 'ml-1m-receraser-split'));
const data = evaluatedData(dataset, splitDataset(dataset, 'given', measuringDraws));
const workshop = openWorkshop(Number(options.threads));

async function bench(strategy) {
  const config = strategyConfig(strategy, { shards: Number(options.shards) });
  const line = openLine(config, data.catalogue, 'evaluation');
  const records = divideRecords(storedPeople(data.split.train, config.purpose), line.partition);
  const version = await trainLine(line, records, workshop.trainer);
  const model = workshop.ranking.model(filesOf(line, version, data.degrees));
  const question = { subjects: data.tested, queries: queriesOf(data, records, config), k: K };
  await workshop.ranking.rank(model, question);
  const seconds = [];
  const cpuSeconds = [];
  for (let run = 0; run < Number(options.runs); run++) {
    const started = performance.now();
    const cpuStarted = process.cpuUsage();
    await workshop.ranking.rank(model, question);
    seconds.push((performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(cpuStarted);
    cpuSeconds.push((user + system) / 1e6);
  }
  const name = `${strategy}, S = ${config.partition.shards}`;
  console.log(
    `${name.padEnd(24)} ${median(seconds).toFixed(3)} s   ${median(cpuSeconds).toFixed(3)} CPU seconds`,
  );
}

try {
  console.log(
    `${data.tested.length} people × ${data.catalogue.items.length} items, top ${K}, medians of ${options.runs} runs, ${options.threads} threads:`,
  );
  for (const strategy of ['retrain', 'sisa', 'statistics']) await bench(strategy);
} finally {
  await workshop.close();
}
