// The whole demo on MovieLens-1M as a process, over dist (run `npm run build` first):
//   node tools/bench/demo.mjs [--data FOLDER] [--runs 3] [--threads 2]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, root, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({ options: sharedOptions });

function runOnce(home) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [
    ...process.execArgv,
    path.join(root, 'dist/apps/cli/main.js'),
    ...['--threads', options.threads, 'demo', '--data', path.join(options.data, 'ml-1m')],
    ...['--data-folder', path.join(home, 'data'), '--out', path.join(home, 'out')],
  ]);
  if (status !== 0) throw new Error(`the demo failed: ${stderr}`);
  const report = JSON.parse(readFileSync(path.join(home, 'out/report.json'), 'utf8'));
  return { ...report, seconds: (performance.now() - started) / 1000 };
}

const reports = Array.from({ length: Number(options.runs) }, () => {
  const home = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
  try {
    return runOnce(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
const of = (read) => median(reports.map(read));
console.log(`Medians of ${options.runs} runs, ${options.threads} threads:`);
console.log(`whole demo on MovieLens-1M     ${of(({ seconds }) => seconds).toFixed(1)} s   ≤ 120 s`);
console.log(
  `resident memory, at most       ${of(({ peakResidentMegabytes }) => peakResidentMegabytes)} MB   ≤ 1,500 MB`,
);
for (const stage of Object.keys(reports[0].secondsByStage))
  console.log(`  ${stage.padEnd(10)} ${of(({ secondsByStage }) => secondsByStage[stage]).toFixed(2)} s`);
