import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  EventsView,
  JobView,
  Page,
  ProjectionsView,
  SettingsView,
  ShardView,
  VersionView,
} from '#libs/portal-contract';
import { trainingCodeDigest } from '#platform/build';
import { HttpClient } from './support/http-client.js';
import { CATEGORIES, ITEMS, PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const WITHDRAWAL = '7f1d9b1e-0000-4000-8000-000000000001';
const ERASURE = '7f1d9b1e-0000-4000-8000-000000000002';
const [, BEN, EVA] = PEOPLE;
const ENGINEER = 'engineer';

let http: HttpClient;
beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation);
  await http.post('admin', '/v1/models/train', {}, 201);
  const horror = { subject: BEN, categories: ['Horror'], requestId: WITHDRAWAL };
  await http.post('dpo', '/v1/requests/withdrawals', horror, 202);
  await http.closed(WITHDRAWAL);
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

const history = async (): Promise<VersionView[]> =>
  (await http.get(ENGINEER, '/v1/models/main/history')) as VersionView[];
const events = async (query = ''): Promise<EventsView> =>
  (await http.get(ENGINEER, `/v1/engine/events${query}`)) as EventsView;
const serving = async () => {
  const { lines } = http.installation;
  return (await lines.servingManifest(await lines.get('main')))!;
};

describe('the history of a line', () => {
  it('says what each version was made of and what it has cost', async () => {
    const [first, second] = await history();
    expect(first).toMatchObject({
      version: 1,
      reason: 'training',
      shardsRebuilt: 3,
      ofShards: 3,
      shareOfRetraining: 1,
      requests: [],
      seconds: 0,
      revokedAt: expect.any(String),
    });
    expect(second).toMatchObject({
      version: 2,
      reason: 'unlearning',
      shardsRebuilt: 1,
      ofShards: 3,
      requests: [WITHDRAWAL],
    });
    expect(second).not.toHaveProperty('revokedAt');
    const { shards } = await serving();
    const records = shards.reduce((sum, { count }) => sum + count, 0);
    expect(second.records).toBe(records);
    const rebuilt = (await shardsNow()).find(({ lastRebuiltVersion }) => lastRebuiltVersion === 2)!;
    expect(second.shareOfRetraining).toBeCloseTo(rebuilt.records / records, 12);
  });

  it('is not there for a line that nobody started', async () => {
    expect(await http.get(ENGINEER, '/v1/models/none/history', 404)).toMatchObject({ code: 'LINE_UNKNOWN' });
  });
});

const shardsNow = async (): Promise<ShardView[]> =>
  (await http.get(ENGINEER, '/v1/engine/shards?line=main')) as ShardView[];

describe('the map of shards', () => {
  it('shows what the serving version holds, and which version made each shard', async () => {
    const shards = await shardsNow();
    const manifest = await serving();
    expect(shards).toMatchObject(
      manifest.shards.map(({ shard, count: records, digest, datasetRoot }) => ({
        shard,
        records,
        digest,
        datasetRoot,
        quarantined: 0,
      })),
    );
    expect(shards.map(({ lastRebuiltVersion }) => lastRebuiltVersion).sort()).toEqual([1, 1, 2]);
  });

  it('is empty before the first training', async () => {
    const fresh = await HttpClient.open(folders.next());
    try {
      expect(await fresh.get(ENGINEER, '/v1/engine/shards?line=main')).toEqual([]);
      expect(await fresh.get(ENGINEER, '/v1/engine/jobs')).toEqual({ rows: [], total: 0, page: 1, size: 50 });
      expect(await fresh.get(ENGINEER, '/v1/models/main/history')).toEqual([]);
    } finally {
      await fresh.close();
    }
  });

  it.each([
    ['', 400, 'REQUEST_MALFORMED'],
    ['?line=none', 404, 'LINE_UNKNOWN'],
  ])('refuses the query "%s"', async (query, status, code) => {
    expect(await http.get(ENGINEER, `/v1/engine/shards${query}`, status)).toMatchObject({ code });
  });
});

describe('the jobs', () => {
  it('are the rebuilds, newest first', async () => {
    const { rows, total } = (await http.get(ENGINEER, '/v1/engine/jobs?size=1')) as Page<JobView>;
    expect(total).toBe(2);
    expect(rows).toMatchObject([
      {
        rebuildId: 'main-v2',
        line: 'main',
        reason: 'unlearning',
        state: 'published',
        version: 2,
        requests: [WITHDRAWAL],
        seconds: 0,
      },
    ]);
    expect(rows[0].shardsDone).toEqual(rows[0].shards);
    expect(rows[0]).not.toHaveProperty('parts');
    const second = (await http.get(ENGINEER, '/v1/engine/jobs?size=1&page=2')) as Page<JobView>;
    expect(second.rows).toMatchObject([{ rebuildId: 'main-v1' }]);
    expect((await http.get(ENGINEER, '/v1/engine/jobs?size=1&page=3')) as Page<JobView>).toMatchObject({
      rows: [],
    });
  });

  it('are told as they go on, until they are published', async () => {
    const jobs = http.listen(ENGINEER, '/v1/engine/jobs/events');
    const first = jobs.next(); // connected before the job begins
    await new Promise((resolve) => setTimeout(resolve, 100));
    await http.post('dpo', '/v1/requests/erasures', { subject: EVA, requestId: ERASURE }, 202);
    const told = [(await first).value as JobView];
    for await (const job of jobs) if (told.push(job as JobView) && told.at(-1)!.state === 'published') break;
    expect(new Set(told.map(({ rebuildId }) => rebuildId))).toEqual(new Set(['main-v3']));
    expect(told.map(({ state }) => state)).toEqual(['waiting', 'running', 'published']);
    expect(told.map(({ shardsDone }) => shardsDone.length)).toEqual([0, 1, 1]);
    await http.closed(ERASURE);
  });
});

describe('the read models', () => {
  it('say how far they are, and are built again when they are told to', async () => {
    const { projections, store } = http.installation;
    await projections.runner.caughtUp();
    const digest = await projections.digest();
    const now = (await http.get(ENGINEER, '/v1/engine/projections')) as ProjectionsView;
    expect(now).toMatchObject({ head: (await store.head()).toString(), rebuilding: false });
    expect(BigInt(now.head)).toBeGreaterThan(BigInt(now.position)); // by events that they do not follow
    expect(now.lagEvents).toBe(0);
    const begun = await http.post(ENGINEER, '/v1/engine/projections/rebuild', {}, 202);
    expect(begun).toMatchObject({ rebuilding: true });
    await http.post(ENGINEER, '/v1/engine/projections/rebuild', {}, 202); // is the same one
    expect(await projections.digest()).toBe(digest);
    const until = Date.now() + 10_000;
    let view = begun as ProjectionsView;
    while (view.rebuilding && Date.now() < until)
      view = (await http.get(ENGINEER, '/v1/engine/projections')) as ProjectionsView;
    expect(view).toEqual({ ...now, head: view.head, position: view.position });
  });
});

describe('the event browser', () => {
  it('shows the log from either end, page by page', async () => {
    const newest = await events('?size=3');
    expect(newest.rows[0].position).toBe((await http.installation.store.head()).toString());
    const next = await events(`?size=3&after=${newest.next}`);
    const both = [...newest.rows, ...next.rows].map(({ position }) => Number(position));
    expect(both).toEqual([...both].sort((a, b) => b - a));
    expect(new Set(both).size).toBe(6);
    const oldest = await events('?order=oldest&size=2');
    expect(oldest.rows.map(({ revision }) => revision)).toEqual([0, 0]);
    expect(oldest.rows[0]).toMatchObject({ type: 'ModelGenesis', data: { genesis: { line: 'main' } } });
  });

  it('goes through all of it, and ends', async () => {
    for (const order of ['oldest', 'newest']) {
      const seen: string[] = [];
      let after: string | undefined = '';
      while (after !== undefined) {
        const page: EventsView = await events(`?order=${order}&size=200${after && `&after=${after}`}`);
        seen.push(...page.rows.map(({ position }) => position));
        after = page.next;
      }
      const all: string[] = [];
      for await (const { position } of http.installation.store.readAll()) all.push(position.toString());
      expect(seen).toEqual(order === 'oldest' ? all : all.reverse());
    }
  });

  it('finds events by stream and by type', async () => {
    const published = await events('?type=ModelPublished');
    expect(published.rows.map(({ data }) => (data as { version: number }).version)).toEqual([3, 2, 1]);
    const ofRebuild = await events('?stream=rebuild-main-v2&order=oldest');
    expect(ofRebuild.rows.map(({ type }) => type)).toEqual([
      'RebuildPlanned',
      'ShardRebuilt',
      'AggregatorRebuilt',
      'PublicationPrepared',
    ]);
    expect(await events('?type=None')).toEqual({ rows: [] });
    expect(await events('?type=ModelPublished&stream=rebuild-')).toEqual({ rows: [] });
  });

  it('tells of what is sealed its length, and of what people did nothing', async () => {
    const { rows } = await events('?type=InteractionRecorded&size=2');
    for (const { data } of rows)
      expect(data).toEqual({
        label: expect.stringMatching(/^[\w-]{43}$/),
        sealed: { hidden: expect.any(Number) },
      });
    const [{ data: submitted }] = (await events(`?stream=request-${WITHDRAWAL}&type=RequestSubmitted`)).rows;
    expect(submitted).toMatchObject({ requestId: WITHDRAWAL, scope: { hidden: expect.any(Number) } });
    const consents = await events('?type=ConsentGranted&size=1');
    expect(consents.rows[0].data).toEqual({ sealed: { hidden: expect.any(Number) } });
  });

  it('names nobody, and nothing that anybody did', async () => {
    for (const type of ['InteractionRecorded', 'ConsentGranted', 'RequestSubmitted', 'RecordsErased']) {
      const text = JSON.stringify((await events(`?type=${type}&size=200`)).rows);
      for (const personal of [...PEOPLE, ...CATEGORIES, ...ITEMS.map(({ title }) => title)])
        expect(text).not.toContain(personal);
    }
  });

  it.each([
    ['after=last', 'POSITION_MALFORMED'],
    ['after=-1', 'POSITION_MALFORMED'],
    ['order=random', 'REQUEST_MALFORMED'],
    ['size=0', 'REQUEST_MALFORMED'],
    ['size=1000', 'REQUEST_MALFORMED'],
  ])('refuses %s', async (query, code) => {
    expect(await http.get(ENGINEER, `/v1/engine/events?${query}`, 400)).toMatchObject({
      code,
      nextStep: expect.any(String),
    });
  });
});

describe('the settings', () => {
  it('are shown without secrets', async () => {
    const { settings, build } = (await http.get(ENGINEER, '/v1/engine/settings')) as SettingsView;
    expect(settings).toMatchObject({ origin: 'lacuna.localhost/ledger', line: 'main' });
    expect(build).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      codeDigest: trainingCodeDigest(),
    });
  });
});

describe('recommendations', () => {
  it('can be tried out by an engineer', async () => {
    const list = await http.get(ENGINEER, `/v1/recommendations/${BEN}?k=3`);
    expect(list).toMatchObject({ model: { line: 'main', version: 3 } });
  });
});
