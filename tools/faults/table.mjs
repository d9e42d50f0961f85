// Results, one a run, and the table in docs/design/faults.md that is made of them: of a run that was repeated, the last result counts.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- written by tools/faults/main.mjs --table -->';
const END = '<!-- end -->';
const HEAD = [
  '| scenario | installation | what is done | how often | seed | result |',
  '| --- | --- | --- | --- | --- | --- |',
];

/** @param result { scenario, seed, run, units, held, commit }: of which run of which scenario, how much was done in it, whether all held */
export function addResult(file, result) {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

export function writeTable(file, resultsFile, scenarios) {
  const [before, rest] = readFileSync(file, 'utf8').split(BEGIN);
  const [, after] = rest.split(END);
  const results = readResults(resultsFile);
  const rows = scenarios.flatMap((scenario) => rowsOf(scenario, results));
  writeFileSync(file, `${before}${BEGIN}\n${[...HEAD, ...rows].join('\n')}\n${END}${after}`);
}

function readResults(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const last = new Map();
  for (const result of lines.map((line) => JSON.parse(line)))
    last.set(`${result.scenario} ${result.seed} ${result.run}`, result);
  return [...last.values()];
}

/** A row a seed. */
function rowsOf({ name, installation = 'embedded', title, unit }, results) {
  const own = results.filter(({ scenario }) => scenario === name);
  const seeds = [...new Set(own.map(({ seed }) => seed))].sort();
  return seeds.map((seed) => {
    const runs = own.filter((one) => one.seed === seed).toSorted((a, b) => a.run - b.run);
    const units = runs.reduce((sum, one) => sum + one.units, 0);
    const failed = runs.filter(({ held }) => !held);
    const cells = [
      `\`${name}\``,
      installation,
      title,
      `${units} ${unit} in ${runs.length} runs (${rangesOf(runs.map(({ run }) => run))})`,
      `\`${seed}\``,
      failed.length === 0 ? 'held' : `**failed** in ${rangesOf(failed.map(({ run }) => run))}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

/** 0, 1, 2, 5 are 0–2, 5. */
function rangesOf(numbers) {
  const ranges = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
}
