// Breaks an installation on purpose, and looks whether it keeps its promises (issue 6), over dist (run `npm run build` first):
//   node tools/faults/main.mjs [--seed HEX] [--scenario NAME|all] [--runs N] [--first N] [--work FOLDER]
//     [--results FILE.jsonl]               adds a line a run
//     [--table docs/design/faults.md]      makes the table of all results in that file; with --runs 0 nothing is run
// A failure prints the seed and the command that repeats it; its folder is kept.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Draws } from './draws.mjs';
import { foundHouse } from './foundation.mjs';
import { House } from './house.mjs';
import { Api, root } from './processes.mjs';
import { SCENARIOS } from './scenarios/index.mjs';
import { addResult, writeTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: 'c0ffee' },
    scenario: { type: 'string', default: 'all' },
    runs: { type: 'string' },
    first: { type: 'string', default: '0' },
    results: { type: 'string' },
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

/** Houses of both kinds are founded when the first scenario asks for one. */
const founded = new Map();

async function foundedFor({ installation = 'embedded' }) {
  if (!founded.has(installation)) founded.set(installation, await FOUNDERS[installation]());
  return founded.get(installation);
}

const FOUNDERS = {
  embedded: async () => {
    const folder = path.join(work, 'prepared');
    mkdirSync(folder);
    const prepared = { folder, ...(await foundHouse(folder, new Draws(options.seed, 'house'))) };
    return { houseAt: (home) => new House(home, prepared), end: () => {} };
  },
  scaled: async () => {
    const { foundScaledHouse, ScaledHouse } = await import('./scaled/scaled-house.mjs');
    const prepared = await foundScaledHouse(work, new Draws(options.seed, 'house'));
    return { houseAt: (home) => ScaledHouse.on(home, prepared), end: prepared.end };
  },
};

async function runScenario(scenario) {
  const { houseAt } = await foundedFor(scenario);
  const runs = Number(options.runs ?? scenario.defaultRuns);
  const first = Number(options.first);
  const result = { scenario, runs, seed: options.seed, units: 0, failures: 0, failed: [], facts: {} };
  for (let number = first; number < first + runs; number++) {
    const before = result.units;
    const home = path.join(work, `${scenario.name}-${number}`);
    const house = await houseAt(home);
    try {
      result.units += await scenario.run(house, new Draws(options.seed, scenario.name, number), number);
      addFacts(result.facts, house.facts);
    } catch (failure) {
      result.failures++;
      result.failed.push(number);
      tell(scenario, number, failure, house);
    } finally {
      for (const program of Api.running) await program.kill();
      await house.end();
    }
    const held = !result.failed.includes(number);
    if (options.results !== undefined) keep(scenario, number, result.units - before, held);
    if (held) rmSync(home, { recursive: true, force: true });
  }
  console.log(
    `${scenario.name}: ${result.units} ${scenario.unit} in ${runs} runs, ${result.failures} failed ${JSON.stringify(result.facts)}`,
  );
  return result;
}

const LINES_TOLD = 6; // of what each process of the product complains of
const LONGEST_LINE = 600;

const RESULTS = path.join(root, 'tools/faults/results.jsonl');

function keep({ name }, run, units, held) {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const result = { scenario: name, seed: options.seed, run, units, held, commit: (stdout ?? '').trim() };
  addResult(options.results, result);
}

function addFacts(sum, facts) {
  for (const [name, value] of Object.entries(facts))
    if (typeof value === 'number') sum[name] = (sum[name] ?? 0) + value;
}

function tell({ name }, number, failure, { home, api, workers = [] }) {
  for (const { out } of [api, ...workers].filter(Boolean))
    for (const line of out.stdout
      .split('\n')
      .filter((one) => /"level":[45]0/.test(one))
      .slice(-LINES_TOLD))
      console.log(line.slice(0, LONGEST_LINE));
  console.log(
    `FAILED ${name}, seed ${options.seed}, run ${number}\n${failure.stack}\n` +
      `Its folder: ${home}\nAgain: node tools/faults/main.mjs --seed ${options.seed} --scenario ${name} --first ${number} --runs 1`,
  );
  process.exitCode = 1;
}

for (const scenario of chosen) {
  if ((await scenario.needs?.()) === false) {
    console.log(`${scenario.name}: left out, this machine does not allow it`);
    continue;
  }
  if (options.runs !== '0') await runScenario(scenario);
}
if (options.table !== undefined) writeTable(options.table, options.results ?? RESULTS, SCENARIOS);
for (const { end } of founded.values()) await end();
if (process.exitCode !== 1) rmSync(work, { recursive: true, force: true });
