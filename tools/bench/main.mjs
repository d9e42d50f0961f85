// Runs every benchmark one after the other: `npm run bench [-- --data FOLDER]`. Options go to each of them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
for (const bench of [
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
]) {
  console.log(`\n── node tools/bench/${bench} ${process.argv.slice(2).join(' ')}`);
  const { status } = spawnSync(
    process.execPath,
    ['--max-semi-space-size=64', path.join(folder, bench), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
