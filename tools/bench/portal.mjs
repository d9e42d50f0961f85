// Latency of the portal's API with 50 people at once (issue 5), over dist (run `npm run build` first):
//   node tools/bench/portal.mjs [--connections 50] [--people 200] [--seconds 10]
// The API is a process of its own, over a house with that many people, who all have a session. Reads are what their pages ask for; each
// submit is a withdrawal of one record, and the rebuilds that these start go on meanwhile, as they would.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { syntheticDataset } from '#stages/ingest';
import { openInstallation } from '../../dist/apps/installation/index.js';
import { startApi } from './api.mjs';
import { sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    connections: { type: 'string', default: '50' },
    people: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
  },
});
const connections = Number(options.connections);
const people = Number(options.people);
const WANTED = { read: 150, submit: 400 }; // ms, p99
const PURPOSE = 'recommendations';

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));

/** Records, a trained line, and a session for everybody; the server reads sessions from the same folder. */
async function found() {
  const installation = await openInstallation({
    folder,
    threads: Number(options.threads),
    line: { shards: 8 },
  });
  const { ingest, vault, access, trainings } = installation;
  const { items, rows } = syntheticDataset({ users: people, items: 400, interactions: people * 100 });
  await ingest.catalogue.catalogue(items);
  const withPurpose = [...rows()].map((row) => ({ ...row, purpose: PURPOSE }));
  const newPeople = { purpose: PURPOSE, method: 'bench', evidenceReference: 'urn:lacuna:bench' };
  await ingest.imports.importEntries(withPurpose, { onBadLine: 'stop', newPeople });
  await trainings.train();
  const sessions = [...new Set(withPurpose.map(({ subject }) => subject))].map((person) => {
    const token = access.sessions.open({ kind: 'subject', subject: vault.findSubject(person) });
    return { cookie: `lacuna-session=${token}`, 'x-lacuna-csrf': access.sessions.csrfOf(token) };
  });
  await installation.close();
  return sessions;
}

/** Runs one kind of calls, each connection as one person, and prints its percentiles. */
async function measure(name, url, wanted, requestOf) {
  const result = await autocannon({
    url,
    connections,
    duration: Number(options.seconds),
    setupClient: requestOf,
  });
  const { latency, requests, non2xx, errors } = result;
  const verdict = latency.p99 <= wanted ? 'within' : 'beyond';
  console.log(
    `${name.padEnd(28)} p50 ${latency.p50} ms, p99 ${latency.p99} ms (${verdict} ${wanted} ms), ` +
      `${requests.average.toFixed(0)} a second, ${non2xx + errors} failed`,
  );
  if (non2xx + errors > 0) process.exitCode = 1;
}

/** Gives each client the next person's session. */
function asPeople(sessions, requests) {
  let next = 0;
  return (client) => {
    const person = next++ % sessions.length;
    client.setRequests(requests(sessions[person], person));
  };
}

const sessions = await found();
const api = await startApi({ folder, argv: ['--threads', options.threads] });
const { url } = api;
try {
  const get = (route) => (headers) => [{ method: 'GET', path: route, headers }];
  for (const [name, route] of [
    ['session', '/v1/session'],
    ['me', '/v1/me'],
    ['a page of records', '/v1/me/records?page=1&size=50'],
    ['requests', '/v1/me/requests'],
  ])
    await measure(`read: ${name}`, url, WANTED.read, asPeople(sessions, get(route)));

  const labels = await Promise.all(
    sessions.slice(0, connections).map(async (headers) => {
      const answer = await globalThis.fetch(`${url}/v1/me/records?size=200`, { headers });
      return (await answer.json()).rows.map(({ label }) => label);
    }),
  );
  const withdrawals = (headers, person) => [
    {
      method: 'POST',
      path: '/v1/me/requests',
      headers: { ...headers, 'content-type': 'application/json' },
      setupRequest: (request) => ({
        ...request,
        body: JSON.stringify({ kind: 'withdrawal', scope: { labels: [labels[person].pop()] } }),
      }),
    },
  ];
  await measure('submit: a withdrawal', url, WANTED.submit, asPeople(sessions, withdrawals));
} finally {
  await api.kill(); // rebuilds that are under way are of no interest any more
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
