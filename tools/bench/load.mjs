// Load that goes on for a while, at a pace, for the benchmarks that watch a server under it.
import { once } from 'node:events';
import { get, request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { interactionOf } from './crowd.mjs';

const TICK = 100; // ms between two pieces of a paced stream

/**
 * Sends so many interactions a second over one connection, as NDJSON, until the time is over. A server that cannot keep up slows the client
 * down, and then fewer arrive.
 * @returns how many were recorded
 * @throws Error what the server said when it stopped before the end
 */
export async function ingestAtPace(api, { rate, seconds, from, people }) {
  async function* lines() {
    const began = performance.now();
    for (let sent = 0; ;) {
      const passed = (performance.now() - began) / 1000;
      if (passed >= seconds) return;
      const due = Math.min(Math.floor(passed * rate) + 1, seconds * rate);
      const piece = [];
      for (; sent < due; sent++) piece.push(JSON.stringify(interactionOf(from + sent, people)));
      if (piece.length > 0) yield Buffer.from(`${piece.join('\n')}\n`);
      await sleep(TICK);
    }
  }
  // Not fetch, which gives an answer up that says nothing for five minutes: of what is recorded, this one says nothing before the end.
  const call = request(`${api.url}/v1/interactions/bulk?results=rejected`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.tokens.ingest}`, 'content-type': 'application/x-ndjson' },
  });
  const answered = once(call, 'response');
  call.on('error', () => {}); // told by what is awaited; after an answer nobody else would listen
  const sent = await pipeline(Readable.from(lines()), call).catch((error) => error);
  const [answer] = await answered;
  const { error, summary } = JSON.parse((await text(answer)).trim().split('\n').at(-1));
  if (error !== undefined)
    throw new Error(`the stream of interactions stopped: ${error.code}, ${error.title}`);
  if (sent !== undefined) throw sent;
  return summary.recorded;
}

/**
 * Makes so many calls a second, each at its time whether the one before is answered or not.
 * @param {(n: number) => Promise<Response>} call
 * @returns milliseconds of each, and how many failed
 */
export async function callAtPace(call, { rate, seconds }) {
  const milliseconds = [];
  const calls = [];
  let failed = 0;
  const began = performance.now();
  for (let n = 0; n < rate * seconds; n++) {
    await sleep(Math.max(0, began + (n * 1000) / rate - performance.now()));
    const asked = performance.now();
    calls.push(
      call(n)
        .then(async (answer) => {
          await answer.arrayBuffer();
          if (!answer.ok) failed++;
        })
        .catch(() => failed++)
        .finally(() => milliseconds.push(performance.now() - asked)),
    );
  }
  await Promise.all(calls);
  return { milliseconds, failed };
}

/** Samples of one metric, by the name under which it is exposed; NaN where it is absent. */
export function valueIn(text, name) {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? NaN : Number(line.slice(name.length + 1));
}

/** Reads the metrics every so many seconds until the time is over. */
export async function watchMetrics(url, { names, every, seconds }) {
  const samples = [];
  const began = performance.now();
  for (let at = every; at <= seconds; at += every) {
    await sleep(Math.max(0, began + at * 1000 - performance.now()));
    // On a connection of its own: one that is kept could be closed just when it is used again.
    const [answer] = await once(get(url, { agent: false }), 'response');
    const exposed = await text(answer);
    samples.push({ at, ...Object.fromEntries(names.map((name) => [name, valueIn(exposed, name)])) });
  }
  return samples;
}

/** The value that so large a share of them does not exceed. @param {number[]} numbers */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
