// The scaled installation: its services go away under load and come back, links grow slow or fall silent, workers die, the queue is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '../house.mjs';
import { Api } from '../processes.mjs';
import { newRequest } from '../workload.mjs';

const SERVICES = ['eventStore', 'postgres', 'redis', 'objects'];

const needs = async () => (await import('../scaled/services.mjs')).hasServices();
const scaled = (scenario) => ({ ...scenario, installation: 'scaled', needs });

/** People live while something is done to the installation; whoever is cut off goes on. */
async function whilePeopleLive(house, draws, disturb) {
  const over = new globalThis.AbortController();
  const lives = house.lives(draws, over.signal);
  try {
    await sleep(200 + draws.below(300));
    await Promise.race([disturb(), lives]);
    await sleep(200 + draws.below(300));
  } finally {
    over.abort();
  }
  await lives;
}

async function afterwards(house, draws, { replay = false } = {}) {
  await house.recover(draws.for('recover'));
  await house.goesOn(draws.for('after'));
  await house.close({ replay });
}

const LONGEST_OUTAGE = 4000; // ms

export const outages = scaled({
  name: 'outages',
  title:
    'event store and object store killed, PostgreSQL and Redis cut off, under load with requests under way, and back after up to 4 s; the server started without each',
  unit: 'outages',
  defaultRuns: 5,
  async run(house, draws) {
    await house.openAll();
    for (const service of draws.shuffled(SERVICES))
      await whilePeopleLive(house, draws.for(service), async () => {
        await house.without(service, 300 + draws.below(LONGEST_OUTAGE));
        if (service === 'postgres') await house.services.endSessions();
      });
    await house.recover(draws.for('recovered'));
    await house.api.kill();
    for (const service of SERVICES) await startsWithout(house, service);
    await house.openAll();
    await afterwards(house, draws, { replay: true });
    return 2 * SERVICES.length;
  },
});

/** It says what is missing; or it waits, and serves as soon as that is there. */
async function startsWithout(house, service) {
  await house.services.stop(service);
  const { code, stderr } = await Promise.race([startOf(house), back(house, service)]);
  must(
    code === undefined || /^[A-Z_]+: .*\nWhat to do: /.test(stderr),
    'a server that cannot start says why',
    {
      service,
      code,
      stderr: stderr?.slice(0, 1500),
    },
  );
  await house.services.startAgain(service);
  if (!house.api.hasEnded) await house.api.kill();
}

async function startOf(house) {
  return (await house.open()) === undefined ? house.api.ended : {};
}

async function back(house, service) {
  await sleep(45_000);
  must(false, 'a server that lacks a service starts, or says why', service);
}

export const links = scaled({
  name: 'links',
  title:
    'each link in turn: slow, half-open (everything stays connected, nothing comes through) for some seconds, silently dead (connections that never answer again)',
  unit: 'links',
  defaultRuns: 5,
  async run(house, draws) {
    await house.openAll();
    for (const service of draws.shuffled(SERVICES)) {
      const wire = house.services.wires[service];
      await whilePeopleLive(house, draws.for(service), async () => {
        wire.slow(() => draws.below(60));
        await sleep(1500);
        wire.slow(() => 0);
        wire.stall(true);
        await sleep(500 + draws.below(LONGEST_OUTAGE));
        wire.stall(false);
        await sleep(300);
        wire.abandon();
        await sleep(500 + draws.below(LONGEST_OUTAGE));
      });
    }
    await afterwards(house, draws);
    return 3 * SERVICES.length;
  },
});

const FLUSHES = 6;

export const flush = scaled({
  name: 'flush',
  title: 'Redis loses everything, again and again, with and without an outage, while jobs wait and run',
  unit: 'losses',
  defaultRuns: 5,
  async run(house, draws) {
    await house.openAll();
    await whilePeopleLive(house, draws.for('life'), async () => {
      for (let at = 0; at < FLUSHES; at++) {
        await sleep(draws.below(800));
        const isOutage = draws.chance(0.4);
        if (isOutage) await house.services.stop('redis');
        await house.services.flush(house.installation);
        if (isOutage) await sleep(draws.below(1500));
        if (isOutage) await house.services.startAgain('redis');
      }
    });
    await afterwards(house, draws);
    return FLUSHES;
  },
});

const KILLS = 8;
const LONGEST_LIFE = 1500;

export const workers = scaled({
  name: 'workers',
  title: '`kill -9` of workers in the middle of jobs, and of the server while they work',
  unit: 'kills',
  defaultRuns: 10,
  async run(house, draws) {
    await house.openAll({ workers: 2 });
    for (let at = 0; at < KILLS; at++) {
      const own = draws.for(at);
      const over = new globalThis.AbortController();
      const lives = house.lives(own, over.signal);
      await sleep(own.below(LONGEST_LIFE));
      const isServer = own.chance(0.3);
      if (isServer) await house.api.kill();
      else await own.pick(house.workers).kill();
      await sleep(own.below(400));
      over.abort();
      await lives;
      if (isServer) await house.check('dead');
      if (isServer) await house.mustOpen();
      await house.hire(2);
    }
    await afterwards(house, draws, { replay: true });
    return KILLS;
  },
});

const AT_ONCE = 4;

export const rivals = scaled({
  name: 'rivals',
  title:
    'two servers started at once, a third while one serves, one on a copy of the data folder; four workers race for the jobs, some are killed; each request is sent four times at once',
  unit: 'races',
  defaultRuns: 5,
  async run(house, draws) {
    const both = [0, 1].map(() => new Api(house.folder, { env: house.env }));
    const urls = await Promise.all(both.map((api) => api.listens()));
    must(urls.filter((url) => url !== undefined).length === 1, 'one of two servers serves', urls.length);
    await refuses(both[urls.findIndex((url) => url === undefined)].ended, 'DATA_FOLDER_IN_USE');
    await both[urls.findIndex((url) => url !== undefined)].kill();
    await house.openAll({ workers: 4 });
    const copy = await house.copyOfFolder();
    await refuses(new Api(copy, { env: house.env }).ended, 'READ_MODELS_IN_USE');
    await whilePeopleLive(house, draws.for('life'), async () => {
      await refuses(new Api(house.folder, { env: house.env }).ended, 'DATA_FOLDER_IN_USE');
      const copyRefused = new Api(copy, { env: house.env }).ended;
      await refuses(copyRefused, 'READ_MODELS_IN_USE', 'LEDGER_BEHIND_HISTORY'); // the copy may be an old one by now
      await draws.pick(house.workers).kill();
      await house.hire(4);
    });
    for (const [at, kind] of ['withdrawal', 'erasure', 'withdrawal'].entries()) {
      const request = newRequest(house.journal, draws.for(kind, at), kind);
      await Promise.all(Array.from({ length: AT_ONCE }, () => house.client.request(request)));
      await draws.pick(house.workers).kill();
      await house.hire(4);
    }
    await afterwards(house, draws, { replay: true });
    return 5 + 3;
  },
});

async function refuses(ended, ...expected) {
  const { code, stderr } = await ended;
  const isTold = expected.some((one) => stderr.startsWith(one));
  must(code === 1 && isTold, 'the other process refuses, and says why', { code, stderr });
}

/** What becomes of appends; those that are never answered cost ten seconds each. */
const FATES = ['answered', 'written, timed out', 'timed out', 'written, connection lost'];
const UNANSWERED = ['written, unanswered', 'unanswered'];
const APPENDS = 60;

export const timeouts = scaled({
  name: 'timeouts',
  title:
    'appends that are written and never answered, answered with a time-out, written or not, or whose connection breaks before the answer; each is repeated',
  unit: 'appends',
  defaultRuns: 5,
  async run(house, draws) {
    await house.openAll();
    const fates = Array.from({ length: APPENDS }, () => draws.pick(draws.chance(0.5) ? FATES : ['answered']));
    for (const fate of UNANSWERED) fates[draws.below(APPENDS)] = fate;
    await whilePeopleLive(house, draws.for('life'), async () => {
      house.services.tell({ command: 'fates', fates });
      await sleep(4000 + draws.below(4000));
    });
    house.services.tell({ command: 'answers' });
    await afterwards(house, draws);
    return APPENDS;
  },
});

export const replicas = scaled({
  name: 'replicas',
  title:
    'a follower of the event store that lags takes itself for the leader and answers reads; a standby of PostgreSQL that lags becomes the primary under the running server',
  unit: 'changes of the leader',
  defaultRuns: 5,
  async run(house, draws) {
    const { services } = house;
    house.env = services.clusterEnv;
    const standby = await house.standby();
    await house.openAll();
    await whilePeopleLive(house, draws.for('follower'), async () => {
      services.tell({ command: 'fallBehind' });
      await sleep(1500 + draws.below(2000));
      services.tell({ command: 'usurp' });
      await sleep(1000 + draws.below(3000));
      services.tell({ command: 'yieldTo' });
    });
    await whilePeopleLive(house, draws.for('standby'), async () => {
      await sleep(draws.below(1000));
      await services.failOver(standby);
    });
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    house.env = services.env;
    await house.close({ replay: false });
    return 2;
  },
});

export const SCALED = [outages, links, flush, workers, rivals, timeouts, replicas];
