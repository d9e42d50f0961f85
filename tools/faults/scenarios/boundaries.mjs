// The server kills itself at each boundary of the process manager's steps, and at single durable writes of one request.
import { must, unlessCutOff } from '../house.mjs';
import { newRequest } from '../workload.mjs';

const STEPS = [
  'verify',
  'accept',
  'quarantine',
  'assign',
  'rebuild',
  'erase',
  'destroy-keys',
  'certify',
  'close',
];
const POINTS = STEPS.flatMap((step) => ['before', 'after'].map((when) => ({ step, when })));
const KINDS = ['withdrawal', 'erasure'];
const PLACES = POINTS.flatMap((point) => KINDS.map((kind) => ({ point, kind })));

export const steps = {
  name: 'steps',
  title: '`kill -9` at every boundary of the steps of the process manager, for a withdrawal and an erasure',
  unit: 'boundaries',
  defaultRuns: PLACES.length,
  async run(house, draws, number) {
    const { point, kind } = PLACES[number % PLACES.length];
    must(await dies(house, draws, kind, point), 'the boundary is reached', { ...point, kind });
    await afterwards(house, draws);
    return 1;
  },
};

const MOST_WRITES = 130; // of a request in this house, all stores together

export const writes = {
  name: 'writes',
  title:
    '`kill -9` before or after a durable write of one request: event log, vault, ledger, datasets, read models, files, in every order that occurs',
  unit: 'writes',
  defaultRuns: 60,
  async run(house, draws) {
    const kind = draws.pick(KINDS);
    const fault = { write: 1 + draws.below(MOST_WRITES), when: draws.pick(['before', 'after']) };
    const hasDied = await dies(house, draws, kind, fault);
    if (!hasDied) await house.api.kill(); // the request had fewer writes
    await afterwards(house, draws);
    return 1;
  },
};

/** Makes one request of a server that is to die on the way. @returns whether it did */
async function dies(house, draws, kind, fault) {
  const client = await house.mustOpen({ fault });
  await client.lookAtLedger();
  const request = newRequest(house.journal, draws.for('request'), kind);
  await unlessCutOff(async () => {
    await client.request(request);
    await house.finish();
  });
  if (house.journal.requests.get(request.requestId).isFinished) return false;
  await house.api.ended;
  await house.check('dead');
  return true;
}

async function afterwards(house, draws) {
  await house.mustOpen();
  await house.recover(draws.for('recover'));
  await house.goesOn(draws.for('after'));
  await house.close({ replay: draws.chance(0.2) });
}
