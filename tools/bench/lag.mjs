// How far the read models fall behind, and how fast the API answers, while interactions come in at a pace, over dist:
//   node tools/bench/lag.mjs [--rate 5000] [--seconds 300] [--recommendations 20] [--people 2000]
// The API is one process with its defaults. Interactions come over one connection; recommendations and pages of the officer's queue are asked
// for meanwhile, each at its time. Wanted: lag ≤ 1 s, p99 of the calls ≤ 100 ms.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, startApi } from './api.mjs';
import { found, personOf } from './crowd.mjs';
import { callAtPace, ingestAtPace, quantile, watchMetrics } from './load.mjs';
import { sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '300' },
    recommendations: { type: 'string', default: '20' },
    people: { type: 'string', default: '2000' },
  },
});
const seconds = Number(options.seconds);
const rate = Number(options.rate);
const people = Number(options.people);
const WANTED = { lag: 1, p99: 100 };
const WARM_UP = 50; // calls, so that what a server does once after its start is over
const LAG = 'lacuna_projection_lag_seconds';
const LOOP = 'nodejs_eventloop_lag_max_seconds';

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
try {
  const from = await found({ folder, people, records: 20, train: true, threads: Number(options.threads) });
  const metricsPort = String(await freePort());
  const api = await startApi({ folder, argv: ['--metrics-port', metricsPort] });
  const get = (role, route) =>
    globalThis.fetch(api.url + route, { headers: { authorization: `Bearer ${api.tokens[role]}` } });
  try {
    for (let n = 0; n < WARM_UP; n++)
      await (await get('serve', `/v1/recommendations/${personOf(n)}?k=10`)).text();
    const [recorded, recommended, paged, samples] = await Promise.all([
      ingestAtPace(api, { rate, seconds, from, people }),
      callAtPace((n) => get('serve', `/v1/recommendations/${personOf((n * 37) % people)}?k=10`), {
        rate: Number(options.recommendations),
        seconds,
      }),
      callAtPace(() => get('dpo', '/v1/requests?page=1&size=20'), { rate: 2, seconds }),
      watchMetrics(`http://127.0.0.1:${metricsPort}/metrics`, { names: [LAG, LOOP], every: 1, seconds }),
    ]);
    const lags = samples.map((sample) => sample[LAG]);
    const calls = [...recommended.milliseconds, ...paged.milliseconds];
    const failed = recommended.failed + paged.failed;
    const [lag, p99] = [Math.max(...lags), quantile(calls, 0.99)];
    console.log(
      `${Math.round(recorded / seconds).toLocaleString('en-US')} events/s for ${seconds} s (asked for ${rate}): lag p50 ` +
        `${quantile(lags, 0.5).toFixed(2)} s, at most ${lag.toFixed(2)} s (wanted ≤ ${WANTED.lag} s)`,
    );
    console.log(
      `${calls.length} calls meanwhile: p50 ${quantile(calls, 0.5).toFixed(0)} ms, p90 ${quantile(calls, 0.9).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms ` +
        `(wanted ≤ ${WANTED.p99} ms), ${failed} failed; recommendations alone p99 ${quantile(recommended.milliseconds, 0.99).toFixed(0)} ms; the event loop was held up for ` +
        `${(Math.max(...samples.map((sample) => sample[LOOP])) * 1000).toFixed(0)} ms at most`,
    );
    if (recorded < 0.98 * rate * seconds || lag > WANTED.lag || p99 > WANTED.p99 || failed > 0)
      process.exitCode = 1;
  } finally {
    await api.kill();
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
