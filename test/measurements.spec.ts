import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataOf, UtilityFigure } from '#libs/contracts';
import { strategyConfig } from '#libs/learning';
import { streamNames } from '#libs/messaging';
import type { MeasurementsView } from '#libs/portal-contract';
import { testDatabase } from '#libs/testkit';
import { trainingCodeDigest } from '#platform/build';
import type { Role } from '#platform/callers';
import type { Installation } from '../apps/installation/index.js';
import { HttpClient, type Answer } from './support/http-client.js';
import {
  interactionsOf,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';
import { interactionsOfTown, TOWN } from './support/small-town.js';

const ENGINEER = 'engineer';
const ERASURES = Array.from({ length: 3 }, (_, nth) => `7f1d9b1e-0000-4000-8000-00000000000${nth + 1}`);
const BY_RECORD = {
  ...strategyConfig('sisa', { purpose: PURPOSE }),
  partition: { kind: 'by-record', shards: 2 },
};
const folders = new TemporaryFolders();
const database = await testDatabase('measurements');
let http: HttpClient;

beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation, interactionsOfTown());
  await http.post('admin', '/v1/models/train', {}, 201);
}, 300_000);
afterAll(async () => {
  await http.close();
  folders.remove();
  await database?.drop();
});

const order = (version: number): string => `/v1/models/main/versions/${version}/measurement`;
const view = async (): Promise<MeasurementsView> =>
  (await http.get(ENGINEER, '/v1/models/main/measurements')) as MeasurementsView;

/** Starts a measurement and waits until it is over. */
async function measure(version: number): Promise<MeasurementsView> {
  await http.post(ENGINEER, order(version), {}, 202);
  await http.installation.engine.measurements.idle();
  return view();
}

async function eventsOf({ store }: Installation): Promise<DataOf<'UtilityMeasured'>[]> {
  const events: DataOf<'UtilityMeasured'>[] = [];
  for await (const { type, data } of store.readStream(streamNames.measured('main')))
    if (type === 'UtilityMeasured') events.push(data as DataOf<'UtilityMeasured'>);
  return events;
}

async function erase(subject: string, requestId: string): Promise<void> {
  await http.post('dpo', '/v1/requests/erasures', { subject, requestId }, 202);
  expect(await http.closed(requestId)).toMatchObject({ status: 'closed' });
}

/** Of this process's own, by /proc; undefined where nothing is measured. */
function measuringProcess(): number | undefined {
  const children = readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('measuring.process'),
  );
  return found === undefined ? undefined : Number(found);
}

const filesOf = (): string[] =>
  readdirSync(http.installation.folder.paths.root, { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.startsWith('ledger-index')) // of the log itself
    .sort();

interface MeasuredFigures {
  readonly overall: Readonly<Record<'hr10' | 'ndcg10', UtilityFigure>>;
  readonly shardVariance: UtilityFigure;
}

/** Every number that is in it, by its place. */
function numbersIn(value: unknown, place = ''): [string, number][] {
  if (typeof value === 'number') return [[place, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => numbersIn(part, `${place}/${name}`));
}

describe('a version that is measured', () => {
  it('is compared with nothing before, and says so', async () =>
    expect(await view()).toEqual({ line: 'main', measured: [] }));

  it('gets figures in an event of its own, of records that came before it alone, and leaves no file behind', async () => {
    const { ingest, lines } = http.installation;
    const late = interactionsOf(PEOPLE).map((entry) => ({
      ...entry,
      subject: TOWN[PEOPLE.indexOf(entry.subject)],
    }));
    await ingest.imports.importEntries(
      late.map((entry) => ({ ...entry, type: 'later', purpose: PURPOSE })),
      { onBadLine: 'stop' },
    );
    const before = filesOf();
    const told: string[] = [];
    const unwatch = http.installation.engine.measurements.watch((running) => {
      if (running !== undefined) told.push(running.progress.stage);
    });
    const { measured, running, refused } = await measure(1);
    unwatch();
    expect([running, refused]).toEqual([undefined, undefined]);
    expect([...new Set(told)]).toEqual(['reading', 'training', 'ranking']);
    expect(filesOf()).toEqual(before);
    const { genesis } = await lines.get('main');
    expect(measured).toEqual([
      {
        line: 'main',
        version: 1,
        configDigest: genesis.configDigest,
        codeDigest: trainingCodeDigest(),
        tested: 1_000,
        overall: {
          hr10: { value: expect.any(Number), halfWidth: expect.any(Number) },
          ndcg10: { value: expect.any(Number), halfWidth: expect.any(Number) },
        },
        warm: measured[0].overall, // who all have as many records; nobody is cold
        cold: { withheld: 'fewer-than-200-in-group' },
        activityGap: { withheld: 'fewer-than-200-in-group' },
        shardVariance: { value: expect.any(Number), halfWidth: expect.any(Number) },
        measuredAt: '2026-01-31T10:00:00.000Z',
      },
    ]);
    const { hr10 } = measured[0].overall as { hr10: UtilityFigure };
    expect(hr10.value).toBeGreaterThan(0.4); // of 30 items, 25 are left: by chance it would be 0.4
    expect(await eventsOf(http.installation)).toEqual(measured);
  }, 300_000);

  it('is not measured twice', async () => {
    const head = await http.installation.store.head();
    expect(await http.post(ENGINEER, order(1), {}, 202)).toEqual(await view());
    expect((await eventsOf(http.installation)).length).toBe(1);
    expect(await http.installation.store.head()).toBe(head);
  });

  it('can be browsed among the events, as it is', async () => {
    const { rows } = (await http.get(ENGINEER, '/v1/engine/events?type=UtilityMeasured')) as {
      rows: { data: unknown }[];
    };
    expect(rows.map(({ data }) => data)).toEqual(await eventsOf(http.installation));
  });
});

describe('an erasure between two measurements', () => {
  it('leaves no figure from which a count of people can be told, neither in events nor in read models', async () => {
    await erase(TOWN[17], ERASURES[0]);
    await measure(2);
    const events = await eventsOf(http.installation);
    expect(events.map(({ version }) => version)).toEqual([1, 2]);
    const people = [1_040, 1_039];
    events.forEach((event, at) => {
      const { overall, shardVariance } = event as unknown as MeasuredFigures;
      for (const { value, halfWidth } of [...Object.values(overall), shardVariance])
        expect(Math.abs(value / halfWidth - Math.round(value / halfWidth))).toBeLessThan(1e-9);
      // A rounded figure stands for every count within half a step: one person more or less is not told.
      expect(overall.hr10.halfWidth * people[at]).toBeGreaterThanOrEqual(3);
      const places = numbersIn(event).map(([place]) => place);
      expect(places.filter((place) => !/\/(value|halfWidth)$/.test(place))).toEqual(['/version', '/tested']);
      expect(event.tested).toBe(1_000);
    });
    const { runner } = http.installation.projections;
    await runner.caughtUp();
    const digest = await http.installation.projections.digest();
    await runner.rebuild();
    expect(await http.installation.projections.digest()).toBe(digest); // and nothing of a measurement is folded
  }, 300_000);

  it('is the end of what the version before could be measured by', async () => {
    await http.post('admin', '/v1/models/train', {}, 201); // version 3
    await erase(TOWN[29], ERASURES[1]);
    const { refused, measured } = await measure(3);
    expect(refused).toMatchObject({ version: 3, code: 'VERSION_NOT_WHOLE', nextStep: expect.any(String) });
    expect(measured.length).toBe(2);
  }, 300_000);
});

describe('an erasure during a measurement', () => {
  it('ends it, and is not held up', async () => {
    const { measurements } = http.installation.engine;
    await http.post(ENGINEER, order(4), {}, 202);
    expect(await http.post(ENGINEER, order(3), {}, 409)).toMatchObject({ code: 'MEASUREMENT_RUNNING' });
    await erase(TOWN[41], ERASURES[2]);
    await measurements.idle();
    const { measured, refused } = await view();
    expect(refused).toMatchObject({ version: 4, code: 'MEASUREMENT_OVERTAKEN' });
    expect(measured.map(({ version }) => version)).toEqual([1, 2]);
  }, 300_000);
});

describe('a measurement that is under way', () => {
  /** Begins to measure the version that serves, and gives the process that does, which has just begun to read. */
  async function begun(): Promise<number> {
    const { measurements } = http.installation.engine;
    const reading = new Promise<void>((resolve) => {
      const unwatch = measurements.watch((running) => {
        if (running?.progress.stage !== 'reading') return;
        unwatch();
        resolve();
      });
    });
    await http.post(ENGINEER, order(5), {}, 202);
    await reading;
    return measuringProcess()!;
  }
  const cancel = async (role: Role): Promise<Answer> => http.call(role, 'delete', order(5));

  it('is cancelled by an engineer, at once, and leaves nothing that runs', async () => {
    await begun();
    expect(await cancel('auditor')).toMatchObject({ status: 403, body: { code: 'ROLE_NOT_GRANTED' } });
    const { status, body } = await cancel(ENGINEER);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { refused: { version: 5, code: 'MEASUREMENT_CANCELLED' } },
    });
    expect(body).not.toHaveProperty('running');
    expect(measuringProcess()).toBeUndefined();
    expect(await cancel(ENGINEER)).toMatchObject({ status: 409, body: { code: 'MEASUREMENT_NOT_RUNNING' } });
  }, 300_000);

  it('is over where its process dies, which is said, and can be begun anew', async () => {
    process.kill(await begun(), 'SIGKILL');
    await http.installation.engine.measurements.idle();
    expect(await view()).toMatchObject({ refused: { version: 5, code: 'MEASURING_PROCESS_DIED' } });
    const { measured, refused } = await measure(5);
    expect(refused).toBeUndefined();
    expect(measured.map(({ version }) => version)).toEqual([1, 2, 5]);
  }, 300_000);
});

describe('a measurement is refused', () => {
  it.each([
    ['/v1/models/none/versions/1/measurement', 404, 'LINE_UNKNOWN'],
    ['/v1/models/main/versions/99/measurement', 404, 'VERSION_UNKNOWN'],
    ['/v1/models/main/versions/last/measurement', 400, 'REQUEST_MALFORMED'],
  ])('as %s', async (route, status, code) =>
    expect(await http.post(ENGINEER, route, {}, status)).toMatchObject({ code }),
  );

  it('to auditors, who may see what came of others', async () => {
    expect(await http.post('auditor', order(1), {}, 403)).toMatchObject({ code: 'ROLE_NOT_GRANTED' });
    expect(await http.get('auditor', '/v1/models/main/measurements')).toEqual(await view());
  });

  it('a figure where there are few people, which it says', () =>
    using(folders.next(), async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      await installation.engine.measurements.start('main', 1);
      await installation.engine.measurements.idle();
      const { measured } = await installation.engine.measurements.view('main');
      expect(measured).toMatchObject([{ version: 1, overall: { withheld: 'fewer-than-1000-tested' } }]);
      expect(numbersIn(measured[0]).map(([place]) => place)).toEqual(['/version']);
    }));
});

(database === undefined ? describe.skip : describe)('read models on PostgreSQL', () => {
  it(
    'are measured as those in a file are, also where records are divided one by one',
    () =>
      using(
        folders.next(),
        async (installation) => {
          await populate(installation, interactionsOfTown());
          await installation.trainings.train();
          await installation.engine.measurements.start('main', 1);
          await installation.engine.measurements.idle();
          const { measured, refused } = await installation.engine.measurements.view('main');
          expect(refused).toBeUndefined();
          expect(measured).toMatchObject([
            { version: 1, tested: 1_000, shardVariance: { halfWidth: expect.any(Number) } },
          ]);
        },
        {
          backends: { postgres: database!.url },
          line: { config: BY_RECORD },
        },
      ),
    300_000,
  );
});
