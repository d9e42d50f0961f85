// Two servers on one folder; records of somebody who is being erased; trainings that began before an erasure was accepted.
import { setTimeout as sleep } from 'node:timers/promises';
import { newEntry } from '../foundation.mjs';
import { must } from '../house.mjs';
import { Api, run } from '../processes.mjs';

export const servers = {
  name: 'servers',
  title:
    'two servers started at once on one data folder, a third and the command line while one serves; the one that serves is killed',
  unit: 'races',
  defaultRuns: 5,
  async run(house, draws) {
    const both = [new Api(house.folder), new Api(house.folder)];
    const urls = await Promise.all(both.map((api) => api.listens()));
    must(urls.filter((url) => url !== undefined).length === 1, 'one of two servers serves', urls.length);
    await refuses(both[urls.findIndex((url) => url === undefined)].ended);
    await both[urls.findIndex((url) => url !== undefined)].kill();
    await house.check('dead');
    await house.mustOpen();
    const { over, lives } = await house.live(800, draws.for('life'));
    await refuses(new Api(house.folder).ended);
    await refuses(run('cli', ['--data-folder', house.folder, 'requests'], { env: house.env }));
    over();
    await lives;
    await house.api.kill();
    await house.mustOpen();
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close({ replay: false });
    return 4;
  },
};

async function refuses(ended) {
  const { code, stderr } = await ended;
  must(code === 1 && stderr.startsWith('DATA_FOLDER_IN_USE'), 'the other process refuses, and says why', {
    code,
    stderr,
  });
}

const LEAVING = 5;

export const arrivals = {
  name: 'arrivals',
  title:
    'records of a person who is being erased, sent without a pause; trainings that began before the erasure was accepted, and during it',
  unit: 'erasures',
  defaultRuns: 8,
  async run(house, draws) {
    const client = await house.mustOpen();
    for (let at = 0; at < LEAVING; at++) await eraseUnderFire(house, client, draws.for(at));
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close();
    return LEAVING;
  },
};

async function eraseUnderFire(house, client, draws) {
  const { journal } = house;
  const person = draws.pick(journal.present());
  let isOver = false;
  const firing = async () => {
    for (let number = 0; !isOver; number++) {
      const lines = Array.from({ length: 20 }, (_, at) => newEntry(draws, person, `fire-${number}-${at}`));
      await client.ingest(lines);
    }
  };
  const training = async () => {
    for (let times = 0; times < 2; times++) {
      await client.json('engineer', 'POST', '/v1/models/train');
      await sleep(draws.below(200));
    }
  };
  const work = [firing(), training()];
  await sleep(draws.below(400));
  await client.request({ requestId: draws.uuid(), kind: 'erasure', ext: person.ext });
  await house.finish();
  isOver = true;
  await Promise.all(work);
}
