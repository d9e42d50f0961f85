// Runs every benchmark one after the other: `npm run bench [-- --data FOLDER]`. Options go to each of them.
// `npm run bench -- --soak` and `npm run bench -- --simulate` run one, which takes its time or measures nothing, and nothing else.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const BENCHES = [
  'training.mjs',
  'evaluation.mjs',
  'statistics.mjs',
  'bpr.mjs',
  'two-tower.mjs',
  'aggregators.mjs',
  'verify.mjs',
  'ledger.mjs',
  'search.mjs',
  'maps.mjs',
  'witness.mjs',
  'queue.mjs',
  'portal.mjs',
  'chain.mjs',
  'demo.mjs',
  'append.mjs',
  'ingest-http.mjs',
  'lag.mjs',
];
const ALONE = { '--soak': 'soak.mjs', '--simulate': 'simulate.mjs' };

const given = process.argv.slice(2);
const alone = given.find((option) => Object.hasOwn(ALONE, option));
const passed = given.filter((option) => option !== alone);
for (const bench of alone === undefined ? BENCHES : [ALONE[alone]]) {
  console.log(`\n── node tools/bench/${bench} ${passed.join(' ')}`);
  const { status } = spawnSync(
    process.execPath,
    ['--max-semi-space-size=64', path.join(folder, bench), ...passed],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
