// Breaks an installation on purpose, and looks whether it keeps its promises (issue 6), over dist (run `npm run build` first):
//   node tools/faults/main.mjs [--seed HEX] [--scenario NAME|all] [--runs N] [--first N] [--table docs/design/faults.md] [--work FOLDER]
// A failure prints the seed and the command that repeats it; its folder is kept.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Draws } from './draws.mjs';
import { foundHouse } from './foundation.mjs';
import { House } from './house.mjs';
import { Api } from './processes.mjs';
import { SCENARIOS } from './scenarios/index.mjs';
import { addToTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: 'c0ffee' },
    scenario: { type: 'string', default: 'all' },
    runs: { type: 'string' },
    first: { type: 'string', default: '0' },
    table: { type: 'string' },
    work: { type: 'string' },
  },
});

const chosen = SCENARIOS.filter(
  ({ name }) => options.scenario === 'all' || options.scenario.split(',').includes(name),
);
if (chosen.length === 0)
  throw new Error(`no such scenario; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
const work = mkdtempSync(path.join(options.work ?? tmpdir(), 'lacuna-faults-'));

async function prepare() {
  const folder = path.join(work, 'prepared');
  mkdirSync(folder);
  return { folder, ...(await foundHouse(folder, new Draws(options.seed, 'house'))) };
}

async function runScenario(scenario, prepared) {
  const runs = Number(options.runs ?? scenario.defaultRuns);
  const first = Number(options.first);
  const result = { scenario, runs, seed: options.seed, units: 0, failures: 0, facts: {} };
  for (let number = first; number < first + runs; number++) {
    const home = path.join(work, `${scenario.name}-${number}`);
    const house = new House(home, prepared, undefined);
    try {
      result.units += await scenario.run(house, new Draws(options.seed, scenario.name, number), number);
      addFacts(result.facts, house.facts);
      rmSync(home, { recursive: true, force: true });
    } catch (failure) {
      result.failures++;
      tell(scenario, number, failure, house);
    } finally {
      for (const api of Api.running) await api.kill();
    }
  }
  console.log(
    `${scenario.name}: ${result.units} ${scenario.unit} in ${runs} runs, ${result.failures} failed ${JSON.stringify(result.facts)}`,
  );
  return result;
}

function addFacts(sum, facts) {
  for (const [name, value] of Object.entries(facts))
    if (typeof value === 'number') sum[name] = (sum[name] ?? 0) + value;
}

function tell({ name }, number, failure, { home, api }) {
  const troubles = (api?.out.stdout ?? '').split('\n').filter((line) => line.includes('"level":50'));
  for (const line of troubles.slice(-3)) console.log(line.slice(0, 1500));
  console.log(
    `FAILED ${name}, seed ${options.seed}, run ${number}\n${failure.stack}\n` +
      `Its folder: ${home}\nAgain: node tools/faults/main.mjs --seed ${options.seed} --scenario ${name} --first ${number} --runs 1`,
  );
  process.exitCode = 1;
}

const prepared = await prepare();
for (const scenario of chosen) {
  if (scenario.needs?.() === false) {
    console.log(`${scenario.name}: left out, this machine does not allow it`);
    continue;
  }
  const result = await runScenario(scenario, prepared);
  if (options.table !== undefined) addToTable(options.table, result);
}
if (process.exitCode !== 1) rmSync(work, { recursive: true, force: true });
