// The order of the suites (jest.config.mjs). Where Jest has no durations of an earlier run, as on a fresh machine, it begins with the largest files;
// but what takes long is to start processes and to open installations. One such suite begun last keeps the other core waiting for a minute.
import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

const STARTS_PROCESSES = /\bspawn\(|lacuna-process|api-process|support\/browser|runLacuna/;
const OPENS_AN_INSTALLATION = /small-installation|support\/visitor|support\/portal|openInstallation/;

function rank({ path }) {
  const text = readFileSync(path, 'utf8');
  if (STARTS_PROCESSES.test(text)) return 0;
  return OPENS_AN_INSTALLATION.test(text) ? 1 : 2;
}

export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const ranked = sorted.map((test, place) => ({ test, place, rank: rank(test) }));
    return ranked.sort((a, b) => a.rank - b.rank || a.place - b.place).map(({ test }) => test);
  }
}
