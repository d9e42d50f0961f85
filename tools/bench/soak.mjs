// Whether memory stays flat while everything goes on for half an hour, over dist:
//   node tools/bench/soak.mjs [--minutes 30] [--rate 500]      (also: npm run bench -- --soak)
// Interactions come in, recommendations and pages are asked for, every twenty seconds somebody withdraws or is erased and the model is
// rebuilt. Wanted: over the last two thirds of the time the resident memory grows by less than 10 %, told by a straight line through its
// samples, and so does what the heap holds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, startApi } from './api.mjs';
import { found, personOf, PURPOSE } from './crowd.mjs';
import { callAtPace, ingestAtPace, quantile, watchMetrics } from './load.mjs';
import { lineThrough, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '500' },
    people: { type: 'string', default: '2000' },
  },
});
const seconds = Number(options.minutes) * 60;
const people = Number(options.people);
const REQUEST_EVERY = 20; // seconds
const SAMPLE_EVERY = Math.max(1, Math.round(seconds / 180));
const MOST_GROWTH = 0.1;
const RESIDENT = 'process_resident_memory_bytes';
const HEAP = 'nodejs_heap_size_used_bytes';
const CERTIFICATES = 'lacuna_certificates_issued';
const MB = 1e6;

/** By how much a straight line through the samples of the last two thirds grows, as a share of where it begins. */
function growthOf(samples, name) {
  const used = samples.filter(({ at }) => at > seconds / 3);
  const points = used.map((sample) => [sample.at, sample[name]]);
  const [first, last] = [used[0], used.at(-1)].map(({ at }) => lineThrough(points, at).value);
  return { first, last, share: (last - first) / first };
}

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
try {
  const from = await found({ folder, people, records: 20, train: true, threads: Number(options.threads) });
  const metricsPort = String(await freePort());
  const argv = ['--metrics-port', metricsPort, '--threads', options.threads];
  const api = await startApi({ folder, argv });
  const ask = (role, route, body) =>
    globalThis.fetch(api.url + route, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${api.tokens[role]}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
  // Those who ask for something come from the end of the crowd, those who only do something from its beginning.
  const request = (n) => {
    const subject = personOf(people - 1 - n);
    return n % 2 === 0
      ? ask('dpo', '/v1/requests/withdrawals', { subject, purpose: PURPOSE })
      : ask('dpo', '/v1/requests/erasures', { subject });
  };
  try {
    const staying = people - Math.ceil(seconds / REQUEST_EVERY) - 1;
    const [recorded, recommended, paged, asked, samples] = await Promise.all([
      ingestAtPace(api, { rate: Number(options.rate), seconds, from: from * 2, people: staying }),
      callAtPace((n) => ask('serve', `/v1/recommendations/${personOf((n * 37) % staying)}?k=10`), {
        rate: 10,
        seconds,
      }),
      callAtPace(() => ask('dpo', '/v1/requests?page=1&size=20'), { rate: 1, seconds }),
      callAtPace(request, { rate: 1 / REQUEST_EVERY, seconds }),
      watchMetrics(`http://127.0.0.1:${metricsPort}/metrics`, {
        names: [RESIDENT, HEAP, CERTIFICATES],
        every: SAMPLE_EVERY,
        seconds,
      }),
    ]);
    const failed = recommended.failed + paged.failed + asked.failed;
    console.log(
      `${options.minutes} minutes: ${recorded.toLocaleString('en-US')} interactions, ${asked.milliseconds.length} requests, ` +
        `${samples.at(-1)[CERTIFICATES]} certificates, ${failed} calls failed; recommendations p99 ` +
        `${quantile(recommended.milliseconds, 0.99).toFixed(0)} ms`,
    );
    for (const [what, name] of [
      ['resident memory', RESIDENT],
      ['heap in use', HEAP],
    ]) {
      const { first, last, share } = growthOf(samples, name);
      const most = Math.max(...samples.map((sample) => sample[name]));
      console.log(
        `${what.padEnd(16)} ${(first / MB).toFixed(0)} → ${(last / MB).toFixed(0)} MB over the last two thirds, ` +
          `${(share * 100).toFixed(1)} % (wanted < ${MOST_GROWTH * 100} %); at most ${(most / MB).toFixed(0)} MB`,
      );
      if (share >= MOST_GROWTH) process.exitCode = 1;
    }
    if (failed > 0) process.exitCode = 1;
  } finally {
    await api.kill();
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
