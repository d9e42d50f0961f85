// How long a page of the officer's queue takes among many requests, over dist (run `npm run build` first):
//   node tools/bench/queue.mjs [--requests 10000] [--runs 2000]
// Asked as the server asks it, without HTTP: filters, search, both orders, first and last pages.
import { parseArgs } from 'node:util';
import { randomUUID } from 'node:crypto';
import { InMemoryEventStore } from '#stages/event-store';
import { DEFAULT_POLICY, RequestBook, RequestQueue } from '#stages/requests';
import { sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    requests: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '2000' },
  },
});
const NOW = '2026-06-15T12:00:00.000Z';
const KINDS = ['access', 'portability', 'erasure', 'rectification', 'restriction', 'objection', 'withdrawal'];
const count = Number(options.requests);

const book = await RequestBook.open(new InMemoryEventStore());
for (let at = 0; at < count; at++) {
  const requestId = randomUUID();
  const receivedAt = new Date(Date.parse(NOW) - ((at * 7919) % 5_000_000) * 1000).toISOString();
  const dueAt = new Date(Date.parse(receivedAt) + 31 * 86_400_000).toISOString();
  const kind = KINDS[at % KINDS.length];
  const data = { requestId, subject: `s${at % 4000}`, kind, ground: 'art-15-access', channel: 'portal' };
  const terms = { identity: 'session', approvals: 1, receivedAt, dueAt };
  await book.record({ type: 'RequestSubmitted', data: { ...data, ...terms } });
  await book.record({
    type: 'IdentityVerified',
    data: { requestId, method: 'session', verifiedAt: receivedAt },
  });
  if (at % 3 === 0) {
    const refusal = { requestId, reason: 'REFUSED_IN_REVIEW', refusedAt: dueAt };
    await book.record({ type: 'RequestRefused', data: refusal });
    await book.record({ type: 'RequestClosed', data: { requestId, outcome: 'refused', closedAt: dueAt } });
  }
}
const queue = new RequestQueue(
  book,
  { gate: { lastFound: () => [] }, setbacks: { of: () => undefined } },
  DEFAULT_POLICY,
  () => NOW,
);
const last = Math.ceil((count * 2) / 3 / 50);
const questions = [
  {},
  { page: last },
  { sort: '-received' },
  { kind: 'erasure' },
  { light: 'red' },
  { search: 'abc' },
  { tab: 'closed' },
  { tab: 'closed', page: Math.ceil(count / 3 / 50), kind: 'access' },
];
const milliseconds = [];
for (let run = 0; run < Number(options.runs); run++) {
  const started = performance.now();
  queue.page({ page: 1, size: 50, ...questions[run % questions.length] });
  milliseconds.push(performance.now() - started);
}
milliseconds.sort((a, b) => a - b);
const at = (share) => milliseconds[Math.ceil(share * milliseconds.length) - 1];
console.log(
  `a page among ${count} requests: median ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, most ${milliseconds.at(-1).toFixed(1)} ms`,
);
