import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReplayView } from '#libs/portal-contract';
import type { ReplayNews } from '#stages/explorer';
import { ReplayProcesses, type OrderOf } from '../apps/installation/replay-processes.js';
import { HttpClient } from './support/http-client.js';
import { withoutFirstRecords } from './support/records-on-disk.js';
import { peopleByShard, populate, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const FIRST = '7f1d9b1e-0000-4000-8000-000000000001';
const SECOND = '7f1d9b1e-0000-4000-8000-000000000002';
const NOBODYS = '7f1d9b1e-0000-4000-8000-00000000000f';
const AUDITOR = 'auditor';

let http: HttpClient;
let neighbours: string[];
beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation);
  [neighbours] = await peopleByShard(http.installation);
  await http.post('admin', '/v1/models/train', {}, 201);
  const horror = { subject: neighbours[0], categories: ['Horror'], requestId: FIRST };
  await http.post('dpo', '/v1/requests/withdrawals', horror, 202);
  await http.closed(FIRST);
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

const start = async (requestId: string): Promise<ReplayView> =>
  (await http.post(AUDITOR, '/v1/explorer/replays', { requestId }, 202)) as ReplayView;

/** All that the stream tells of a replay; it ends with the replay. */
async function watched({ replayId }: ReplayView): Promise<ReplayView[]> {
  const views: ReplayView[] = [];
  for await (const view of http.listen(AUDITOR, `/v1/explorer/replays/${replayId}/events`))
    views.push(view as ReplayView);
  return views;
}

const end = async (replay: ReplayView): Promise<ReplayView> => (await watched(replay)).at(-1)!;

describe('a replay that an auditor starts', () => {
  it('rebuilds the affected shards to the certified bytes, and leaves nothing behind', async () => {
    const { root } = http.installation.folder.paths;
    const before = readdirSync(root).sort();
    const views = await watched(await start(FIRST));
    const view = views.at(-1)!;
    expect(view).toMatchObject({
      requestId: FIRST,
      state: 'matched',
      finishedAt: expect.any(String),
      report: { verified: true, claim: 'replay', version: 2 },
    });
    const { lines } = http.installation;
    const manifest = (await lines.servingManifest(await lines.get('main')))!;
    expect(view.shards).toHaveLength(1);
    const [{ shard }] = view.shards;
    const { digest } = manifest.shards[shard];
    expect(view.shards).toEqual([
      { shard, state: 'matched', certifiedDigest: digest, replayedDigest: digest },
    ]);
    expect(views.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['reading', 'training']));
    expect(readdirSync(root).sort()).toEqual(before);
    expect(await http.get(AUDITOR, `/v1/explorer/replays/${view.replayId}`)).toEqual(view);
    expect(await http.get(AUDITOR, '/v1/explorer/replays')).toEqual([view]);
    expect(await end(view)).toEqual(view); // whoever comes late is told the end
  });

  it('is cancelled while it runs or waits', async () => {
    const first = await start(FIRST);
    const cancelled = await http.call(AUDITOR, 'delete', `/v1/explorer/replays/${first.replayId}`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await end(first)).toMatchObject({ state: 'cancelled' });
    expect(await http.call(AUDITOR, 'delete', `/v1/explorer/replays/${first.replayId}`)).toMatchObject({
      status: 409,
      body: { code: 'REPLAY_ENDED' },
    });
    expect(await end(await start(FIRST))).toMatchObject({ state: 'matched' });
  });

  it('finds out a record that the log does not hold any more', async () => {
    const { folder, vault } = http.installation;
    const theirs = `interactions-${vault.findSubject(neighbours[1])}~%`;
    await withoutFirstRecords(folder.paths.events, theirs, async () => {
      expect(await end(await start(FIRST))).toMatchObject({
        state: 'diverged',
        problem: { code: 'REPLAY_RECORDS_MISSING', nextStep: expect.any(String) },
        shards: [{ state: 'diverged', divergence: 'REPLAY_RECORDS_MISSING' }],
      });
    });
    expect(await end(await start(FIRST))).toMatchObject({ state: 'matched' });
  });

  it('says what could still be checked when more was erased since', async () => {
    const erasure = { subject: neighbours[2], requestId: SECOND };
    await http.post('dpo', '/v1/requests/erasures', erasure, 202);
    await http.closed(SECOND);
    expect(await end(await start(FIRST))).toMatchObject({
      state: 'partial',
      problem: { code: 'REPLAY_DATA_SINCE_ERASED' },
      report: { checked: expect.any(Array), notCheckable: expect.any(Array) },
      shards: [{ state: 'lost' }],
    });
    expect(await end(await start(SECOND))).toMatchObject({ state: 'matched' });
  });

  it.each([
    ['post', '/v1/explorer/replays', { requestId: NOBODYS }, 404, 'REQUEST_UNKNOWN'],
    ['post', '/v1/explorer/replays', { requestId: 'none' }, 400, 'REQUEST_MALFORMED'],
    ['get', `/v1/explorer/replays/${NOBODYS}`, undefined, 404, 'REPLAY_UNKNOWN'],
    ['get', `/v1/explorer/replays/${NOBODYS}/events`, undefined, 404, 'REPLAY_UNKNOWN'],
    ['delete', `/v1/explorer/replays/${NOBODYS}`, undefined, 404, 'REPLAY_UNKNOWN'],
    ['get', '/v1/explorer/replays/1', undefined, 400, 'REQUEST_MALFORMED'],
  ] as const)('is refused at %s %s', async (method, route, body, status, code) => {
    expect(await http.call(AUDITOR, method, route, { body })).toMatchObject({
      status,
      body: { code, nextStep: expect.any(String) },
    });
  });
});

describe('a process that replays', () => {
  it('tells why it could not begin, and that it died', async () => {
    const { paths } = http.installation.folder;
    const order = async () => ({
      certificate: new Uint8Array(0),
      trust: http.installation.trustFiles,
      events: paths.events,
      vault: paths.vault,
      kek: new Uint8Array(32),
      models: paths.models,
    });
    const ends = async (orderOf: OrderOf): Promise<ReplayNews[]> => {
      const news: ReplayNews[] = [];
      await new ReplayProcesses(orderOf, (work) => work(paths.events), 1).run(FIRST, (one) => news.push(one))
        .ended;
      return news;
    };
    const died = { kind: 'refused', as: 'failed', problem: { code: 'REPLAY_PROCESS_DIED' } };
    expect(await ends(order)).toMatchObject([
      { kind: 'refused', as: 'failed', problem: { code: 'BUNDLE_MALFORMED' } },
    ]);
    expect(await ends(async () => ({ ...(await order()), certificate: null as never }))).toMatchObject([
      died,
    ]);
    expect(await ends(async () => Promise.reject(new Error('no order')))).toMatchObject([died]);
  });
});
