// Interactions arrive twice, out of order, over several connections at once, over connections that are cut before the answer, from clients
// that are slow, vanish, or never read.
import { connect } from 'node:net';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { newEntry } from '../foundation.mjs';
import { must, unlessCutOff } from '../house.mjs';

const BATCHES = 12;
const LINES = 60;
const COURIERS = 4;

export const deliveries = {
  name: 'deliveries',
  title:
    'NDJSON delivered twice, out of order and at once over four connections; connections cut before the answer, then a retry',
  unit: 'deliveries',
  defaultRuns: 10,
  async run(house, draws) {
    const client = await house.mustOpen();
    const { journal } = house;
    const batches = Array.from({ length: BATCHES }, (_, batch) =>
      Array.from({ length: LINES }, (_line, at) =>
        newEntry(draws, draws.pick(journal.present()), `d${batch}-${at}`),
      ),
    );
    const overlapping = batches.map((batch, at) => [
      ...batch,
      ...batches[(at + 1) % BATCHES].slice(0, LINES / 2),
    ]);
    const rounds = Array.from({ length: COURIERS }, (_, courier) =>
      deliver(house, overlapping, draws.for(courier)),
    );
    await Promise.all(rounds);
    await client.ingest(draws.shuffled(batches.flat()));
    must(journal.recordsInDoubt().length === 0, 'every line is answered');
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close({ replay: false });
    return BATCHES * COURIERS + 1;
  },
};

/** One courier: all batches in an order of its own, some over a connection that it cuts. */
async function deliver({ client, journal }, batches, draws) {
  for (const batch of draws.shuffled(batches)) {
    const lines = draws.shuffled(batch);
    if (draws.chance(0.5)) await unlessCutOff(() => client.ingest(lines));
    else await cutOff(client, journal, lines, draws.below(30));
  }
}

/** Sends everything, and goes away some milliseconds later, whether it was answered or not. */
async function cutOff(client, journal, entries, patience) {
  journal.sends(entries);
  const socket = dial(client);
  const body = entries.map((entry) => JSON.stringify(entry)).join('\n');
  socket.write(`${headOf(client, Buffer.byteLength(body))}${body}`);
  await sleep(patience);
  socket.destroy();
}

function dial({ url }) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // it is about to go away
  return socket;
}

const headOf = ({ tokens }, length) =>
  [
    'POST /v1/interactions/bulk HTTP/1.1',
    'host: localhost',
    `authorization: Bearer ${tokens.ingest}`,
    'content-type: application/x-ndjson',
    `content-length: ${length}`,
    '',
    '',
  ].join('\r\n');

const SLOW = 60;
const PROMPT = 5000; // ms, on a busy machine

export const slow = {
  name: 'slow',
  title:
    'clients that send a byte now and then, that vanish in the middle of a line, that never read the answer, while people are served; then a stop',
  unit: 'clients',
  defaultRuns: 5,
  async run(house, draws) {
    const client = await house.mustOpen();
    const sockets = Array.from({ length: SLOW }, (_, at) => slowClient(house, draws.for(at), at % 3));
    const { over, lives } = await house.live(1500, draws.for('life'), { requests: false });
    over();
    await lives;
    const began = Date.now();
    await client.lookAtLedger();
    must(Date.now() - began < PROMPT, 'others are served promptly', Date.now() - began);
    for (const socket of sockets.filter(() => draws.chance(0.5))) socket.destroy();
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close({ replay: false }); // with half of them still connected
    for (const socket of sockets) socket.destroy();
    return SLOW;
  },
};

/** 0: never finishes its head. 1: vanishes, or lingers, in the middle of a line. 2: sends much and reads nothing. */
function slowClient({ client, journal }, draws, kind) {
  const socket = dial(client);
  const person = draws.pick(journal.present());
  const line = (number) => JSON.stringify(newEntry(draws, person, `slow-${draws.path.at(-1)}-${number}`));
  if (kind === 0) {
    socket.write('POST /v1/interactions/bulk HTTP/1.1\r\nhost: local');
    const drip = setInterval(() => socket.write('x'), 300);
    socket.on('close', () => clearInterval(drip));
  } else if (kind === 1) {
    const half = line(0).slice(0, 40);
    socket.write(`${headOf(client, 10_000)}${half}`);
    if (draws.chance(0.5)) setTimeout(() => socket.destroy(), draws.below(800));
  } else {
    const entries = Array.from({ length: 300 }, (_, at) =>
      newEntry(draws, person, `mute-${draws.path.at(-1)}-${at}`),
    );
    journal.sends(entries);
    const body = entries.map((entry) => JSON.stringify(entry)).join('\n');
    socket.pause();
    socket.write(`${headOf(client, Buffer.byteLength(body))}${body}`);
  }
  return socket;
}
