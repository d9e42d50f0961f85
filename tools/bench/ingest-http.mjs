// Ingest through HTTP as NDJSON, over dist (run `npm run build` first):
//   node tools/bench/ingest-http.mjs [--events 200000] [--connections 1] [--people 2000] [--runs 3]
// The API is a process of its own, with its defaults, projections included; each event is sealed, labelled and durable when its line is
// answered. The client reads the answers while it sends. Histories: a hundred records of one person after the other; live: everybody in turn,
// where each record needs another person's keys and stream. Wanted: 20,000 events a second.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { startApi } from './api.mjs';
import { found, historyOf, interactionOf } from './crowd.mjs';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    events: { type: 'string', default: '200000' },
    connections: { type: 'string', default: '1' },
    people: { type: 'string', default: '2000' },
  },
});
const EVENTS = Number(options.events);
const CONNECTIONS = Number(options.connections);
const PEOPLE = Number(options.people);
const WANTED = 20_000;
const LINES_A_PIECE = 1_000;

/** Written before the clock starts: what is measured is the server. */
function bodyOf(recordOf, from, count) {
  const pieces = [];
  for (let at = from; at < from + count; at += LINES_A_PIECE) {
    const lines = Array.from({ length: Math.min(LINES_A_PIECE, from + count - at) }, (_, n) =>
      JSON.stringify(recordOf(at + n, PEOPLE)),
    );
    pieces.push(Buffer.from(`${lines.join('\n')}\n`));
  }
  return pieces;
}

async function send(api, pieces) {
  const answer = await globalThis.fetch(`${api.url}/v1/interactions/bulk?results=rejected`, {
    method: 'POST',
    duplex: 'half',
    headers: { authorization: `Bearer ${api.tokens.ingest}`, 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(Readable.from(pieces)),
  });
  return JSON.parse((await answer.text()).trim().split('\n').at(-1)).summary.recorded;
}

/** Events a second, and microseconds of the server's processor an event. */
async function measure(api, recordOf, from) {
  const share = Math.floor(EVENTS / CONNECTIONS);
  const bodies = Array.from({ length: CONNECTIONS }, (_, at) => bodyOf(recordOf, from + at * share, share));
  const processorBefore = api.processorSeconds();
  const began = performance.now();
  const recorded = await Promise.all(bodies.map((pieces) => send(api, pieces)));
  const seconds = (performance.now() - began) / 1000;
  const total = recorded.reduce((sum, one) => sum + one, 0);
  if (total !== share * CONNECTIONS) throw new Error(`recorded ${total} of ${share * CONNECTIONS}`);
  return { rate: total / seconds, processor: ((api.processorSeconds() - processorBefore) / total) * 1e6 };
}

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
try {
  let next = await found({ folder, people: PEOPLE, records: 1, train: false });
  const api = await startApi({ folder });
  try {
    for (const [name, recordOf] of [
      ['histories', historyOf],
      ['live', interactionOf],
    ]) {
      const runs = [];
      for (let run = 0; run < Number(options.runs); run++, next += EVENTS)
        runs.push(await measure(api, recordOf, next));
      const rate = median(runs.map((one) => one.rate));
      console.log(
        `NDJSON over HTTP, ${name}, ${CONNECTIONS} connection(s): ${Math.round(rate).toLocaleString('en-US')} events/s, ` +
          `median of ${runs.length} (wanted ≥ ${WANTED.toLocaleString('en-US')}); ` +
          `${median(runs.map((one) => one.processor)).toFixed(0)} µs of the server’s processor an event`,
      );
      if (rate < WANTED) process.exitCode = 1;
    }
  } finally {
    await api.kill();
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
