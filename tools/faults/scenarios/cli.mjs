// The command line is killed in the middle of imports, trainings and erasures, and each command is simply given again.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decision, PURPOSE } from '../catalogue.mjs';
import { newEntry, newPerson } from '../foundation.mjs';
import { must } from '../house.mjs';
import { start } from '../processes.mjs';

const KILLS_A_COMMAND = 3;
const LONGEST = 3500; // ms
const PEOPLE = 12;
const ROWS = 2500;

export default {
  name: 'cli',
  title: '`kill -9` of `lacuna import`, `train` and `resume`, each given again until it ends',
  unit: 'kills',
  defaultRuns: 6,
  async run(house, draws) {
    const entries = entriesToImport(draws.for('rows'));
    const file = path.join(house.home, 'rows.csv');
    writeFileSync(file, csvOf(entries));
    const columns = 'user=subject,item=item,value=value,time=time,type=type';
    const terms = ['--grant-consent', PURPOSE, '--evidence', decision.evidenceReference];
    let kills = await untilDone(house, ['import', file, '--columns', columns, ...terms], draws.for('import'));
    kills += await untilDone(house, ['train'], draws.for('train'));
    await isStoredOnce(house, entries);
    const { over, lives } = await house.live(600, draws.for('life'));
    await house.api.kill();
    over();
    await lives;
    await house.check('dead');
    kills += await untilDone(house, ['resume'], draws.for('resume'));
    await house.mustOpen();
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close();
    return kills + 1;
  },
};

function entriesToImport(draws) {
  const people = Array.from({ length: PEOPLE }, () => newPerson(draws));
  return Array.from({ length: ROWS }, (_, at) => newEntry(draws, people[at % PEOPLE], at));
}

function csvOf(entries) {
  const rows = entries.map(({ subject, item, value, time, type }) =>
    [subject, item, value, time, type].join(','),
  );
  return `${['subject,item,value,time,type', ...rows].join('\n')}\n`;
}

/** @returns how often it was killed */
async function untilDone(house, command, draws) {
  let kills = 0;
  for (;;) {
    const { child, ended } = start('cli', ['--data-folder', house.folder, '--threads', '1', ...command], {
      env: house.env,
    });
    const isLast = kills === KILLS_A_COMMAND;
    if (!isLast) await Promise.race([sleep(draws.below(LONGEST)), ended]);
    if (!isLast) child.kill('SIGKILL');
    const { code, signal, stderr } = await ended;
    if (signal !== 'SIGKILL') {
      must(code === 0, 'a command that was killed can be given again', {
        command,
        stderr: stderr.slice(0, 1000),
      });
      return kills;
    }
    kills++;
    await house.check('dead');
  }
}

/** What the import has recorded is a duplicate of itself when it is sent once more. */
async function isStoredOnce(house, entries) {
  const client = await house.mustOpen();
  for (const { subject } of entries.slice(0, PEOPLE))
    house.journal.knows({ ext: subject, token: subject.split('@')[0] });
  await client.ingest(entries);
  const imported = [...house.journal.records.values()].slice(-entries.length);
  const missed = imported.filter(({ firstAnswer }) => firstAnswer !== 'duplicate');
  must(missed.length === 0, 'an import that was interrupted has recorded every line', missed.length);
}
