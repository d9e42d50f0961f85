// The table in docs/design/faults.md: a row a scenario, written by the run that it speaks of.
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- written by tools/faults/main.mjs --table -->';
const END = '<!-- end -->';

export function addToTable(file, { scenario, runs, seed, units, failures, installation = 'embedded' }) {
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [table, after] = rest.split(END);
  const rows = new Map(
    table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => [line.split('|').slice(1, 3).join('|'), line]),
  );
  const cells = [
    `\`${scenario.name}\``,
    installation,
    scenario.title,
    `${units} ${scenario.unit} in ${runs} runs`,
    `\`${seed}\``,
    failures === 0 ? 'held' : `${failures} runs failed`,
  ];
  const row = `| ${cells.join(' | ')} |`;
  rows.set(row.split('|').slice(1, 3).join('|'), row);
  const head = [
    '| scenario | installation | what is done | how often | seed | result |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  writeFileSync(file, `${before}${BEGIN}\n${[...head, ...rows.values()].join('\n')}\n${END}${after}`);
}
