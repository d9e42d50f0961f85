import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newIdentity, recipientOf } from '#libs/age';
import { utf8 } from '#libs/essentials';
import { streamNames } from '#libs/messaging';
import { collect, newEvent } from '#libs/testkit';
import { verifyCertificate } from '#libs/verification';
import { EsdbEventStore } from '#stages/event-store/esdb';
import { restoreBackup, writeBackup } from '../apps/backup/index.js';
import {
  checkInstallationLedger,
  exportBundle,
  exportReplay,
  type Installation,
} from '../apps/installation/index.js';
import { withEventFile } from '../apps/installation/open-event-store.js';
import { run } from '../apps/verifier/run.js';
import { EsdbStandIn } from './support/esdb/esdb-stand-in.js';
import { ExportedBundle } from './support/exported-bundle.js';
import {
  fixedClock,
  openSmall,
  PEOPLE,
  peopleByShard,
  populate,
  TemporaryFolders,
  trustOf,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const SECOND = '7f1d9b1e-0000-4000-8000-000000000002';

let node: EsdbStandIn;
let data: string;
let erased: string;
let nextToGo: string;
let staying: string[];
const remote = () => ({ backends: { eventStore: node.url } });

const erase = async ({ requests }: Installation, requestId: string, externalId: string) =>
  (await requests.erase({ requestId, externalId, channel: 'cli' })).finished;

beforeAll(async () => {
  node = await EsdbStandIn.start({ now: () => fixedClock().toISOString() });
  data = folders.next();
  await using(
    data,
    async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      const [[person, other]] = await peopleByShard(installation);
      nextToGo = other;
      staying = PEOPLE.filter((name) => name !== person && name !== other);
      erased = installation.vault.findSubject(person)!;
      await erase(installation, REQUEST, person);
    },
    remote(),
  );
}, 60_000);
afterAll(async () => {
  await node.stop();
  folders.remove();
});

describe('an installation on EventStoreDB', () => {
  it('imports, trains, erases, and issues a certificate that verifies', async () => {
    await using(
      data,
      async (installation) => {
        const bundle = utf8(JSON.stringify(await installation.certificates.read(REQUEST)));
        expect(verifyCertificate({ bundle, trust: trustOf(installation) }).certificate).toBeDefined();
        const { items } = await installation.recommendations.recommend(staying[0], 3);
        expect(items).toHaveLength(3);
      },
      remote(),
    );
    expect(existsSync(path.join(data, 'events.db'))).toBe(false);
  });

  it('shows nothing of the erased person in its log, before and after the server has scavenged', async () => {
    const store = await EsdbEventStore.open(node.url);
    const streamsOf = async () => new Set((await collect(store.readAll())).map(({ stream }) => stream));
    const before = await streamsOf();
    expect([...before].filter((stream) => stream.includes(erased))).toEqual([]);
    expect(await store.streamState(streamNames.interactions(erased, 0))).toBe('tombstoned');
    await node.log.scavenge();
    expect(await streamsOf()).toEqual(before);
    await store.close();
  });

  it('exports a copy of the log from which an auditor replays offline', async () => {
    const out = folders.next();
    await using(data, (installation) => exportBundle(installation, out), remote());
    const { exitCode, out: report } = await new ExportedBundle(out).replay(REQUEST);
    expect(exitCode).toBe(0);
    expect(report).toContain('✓ aggregator');
  });

  it('exports what one replay reads, encrypted to its auditor', async () => {
    const identity = await newIdentity();
    const recipient = await recipientOf(identity);
    const home = folders.next();
    await using(
      data,
      async (installation) => {
        await exportBundle(installation, home);
        await exportReplay(installation, { recipient, file: path.join(home, 'replay.age') });
      },
      remote(),
    );
    const lines: string[] = [];
    writeFileSync(path.join(home, 'key.txt'), `${identity}\n`);
    const argv = [
      'replay',
      '--export',
      path.join(home, 'replay.age'),
      '--identity',
      path.join(home, 'key.txt'),
    ];
    const exitCode = await run([...argv, '--trust', path.join(home, 'trust'), '--threads', '1'], {
      print: (line) => lines.push(line),
      printError: (line) => lines.push(line),
    });
    expect(lines.join('\n')).toContain('✓ aggregator');
    expect(exitCode).toBe(0);
  }, 60_000);

  it('rebuilds its read models from the server, in windows, to the same content', async () => {
    const answers = (installation: Installation) =>
      Promise.all(staying.slice(0, 3).map((person) => installation.recommendations.recommend(person, 5)));
    await using(
      data,
      async (installation) => {
        const before = await answers(installation);
        const { events } = await installation.projections.runner.rebuild();
        expect(events).toBeGreaterThan(100);
        expect(await answers(installation)).toEqual(before);
      },
      { ...remote(), backlog: { backlog: 10, windowSize: 20 } },
    );
  });

  it('pages through its log for engineers', async () => {
    await using(
      data,
      async ({ engine }) => {
        const first = await engine.events.page({ order: 'newest', size: 5 });
        const next = await engine.events.page({ order: 'newest', size: 5, after: first.next });
        expect(first.rows).toHaveLength(5);
        expect(BigInt(next.rows[0].position)).toBeLessThan(BigInt(first.rows[4].position));
        const oldest = await engine.events.page({ order: 'oldest', size: 2, type: 'ItemCatalogued' });
        expect(oldest.rows.map(({ type }) => type)).toEqual(['ItemCatalogued', 'ItemCatalogued']);
      },
      remote(),
    );
  });

  it('has its ledger checked against the events on the server', async () => {
    const { size, findings } = await checkInstallationLedger({
      folder: data,
      clockTolerance: 60_000,
      ...remote(),
    });
    expect(size).toBeGreaterThan(0);
    expect(findings).toEqual([]);
  });

  it('lends its log as a file that is gone afterwards, at the latest when the folder is opened again', async () => {
    mkdirSync(path.join(data, 'events-copy-forgotten'));
    await using(
      data,
      async ({ events, folder }) => {
        const lent = await withEventFile(events, folder.paths.root, async (file) => {
          expect(readFileSync(file, 'latin1').startsWith('SQLite format 3')).toBe(true);
          return file;
        });
        expect(existsSync(path.dirname(lent))).toBe(false);
        expect(readdirSync(folder.paths.root).filter((name) => name.startsWith('events-copy-'))).toEqual([]);
      },
      remote(),
    );
  });

  it('goes on with an erasure through lost connections and answers', async () => {
    const folder = folders.copyOf(data);
    await using(
      folder,
      async (installation) => {
        const drops = setInterval(() => node.wire.drop(), 300);
        node.fates.push('written, connection lost', 'answered', 'written, timed out', 'timed out');
        await erase(installation, SECOND, nextToGo);
        clearInterval(drops);
        const bundle = utf8(JSON.stringify(await installation.certificates.read(SECOND)));
        expect(verifyCertificate({ bundle, trust: trustOf(installation) }).certificate).toBeDefined();
      },
      remote(),
    );
  }, 60_000);
});

describe('an installation refuses an event store', () => {
  const refusal = (folder: string, eventStore: string) =>
    openSmall(folder, { backends: { eventStore } }).then(
      async (installation) => {
        await installation.close();
        return 'opened';
      },
      (error: { code: string; nextStep: string; message: string }) => error,
    );

  it('that another installation has made its own', async () => {
    const other = folders.next();
    const refused = await refusal(other, node.url);
    expect(refused).toMatchObject({ code: 'EVENT_STORE_CLAIMED' });
    expect(refused).toHaveProperty('nextStep', expect.stringContaining('LACUNA_EVENTSTORE_URL'));
  });

  it('that holds what is not its own', async () => {
    const shared = await EsdbStandIn.start();
    const store = await EsdbEventStore.open(shared.url);
    await store.append('orders-1', [newEvent(1)]);
    await store.close();
    expect(await refusal(folders.next(), shared.url)).toMatchObject({ code: 'EVENT_STORE_NOT_EMPTY' });
    await shared.stop();
  });

  it('that is empty while the events are in the data folder', async () => {
    const folder = folders.next();
    await using(folder, populate);
    const empty = await EsdbStandIn.start();
    expect(await refusal(folder, empty.url)).toMatchObject({
      code: 'EVENTS_NOT_MOVED',
      nextStep: expect.stringContaining('lacuna migrate'),
    });
    await empty.stop();
  });

  it('that lacks what its ledger has published, and the file in its folder likewise', async () => {
    const { installation } = JSON.parse(readFileSync(path.join(data, 'lacuna.json'), 'utf8'));
    const behind = await EsdbStandIn.start();
    const store = await EsdbEventStore.open(behind.url);
    await store.claim(installation);
    await store.close();
    const folder = folders.copyOf(data);
    expect(await refusal(folder, behind.url)).toMatchObject({
      code: 'EVENTS_BEHIND_LEDGER',
      nextStep: expect.stringContaining('LACUNA_EVENTSTORE_URL'),
    });
    await expect(openSmall(folder)).rejects.toMatchObject({ code: 'EVENTS_BEHIND_LEDGER' });
    await behind.stop();
  });
});

describe('a backup of an installation on EventStoreDB', () => {
  it('holds the events as well, each at its position, and is restored into one data folder', async () => {
    const own = await EsdbStandIn.start({ now: () => fixedClock().toISOString() });
    const [folder, file, restored] = [folders.next(), folders.next(), folders.next()];
    const identity = await newIdentity();
    const lock = { kind: 'recipients', recipients: [await recipientOf(identity)] } as const;
    let positions: bigint[] = [];
    await using(
      folder,
      async (installation) => {
        await populate(installation);
        await erase(installation, REQUEST, PEOPLE[0]);
        positions = (await collect(installation.store.readAll())).map(({ position }) => position);
        await writeBackup({ folder, file, lock, events: installation.store });
      },
      { backends: { eventStore: own.url } },
    );
    await own.stop();
    const key = { kind: 'identity', identity } as const;
    await restoreBackup({ file, key, folder: restored, kek: {}, kekFile: path.join(folder, 'kek.key') });
    await using(restored, async ({ store, requests, vault }) => {
      const all = (await collect(store.readAll())).map(({ position }) => position);
      expect(all.slice(0, positions.length)).toEqual(positions);
      expect(requests.get(REQUEST).status).toBe('closed');
      expect(vault.findSubject(PEOPLE[0])).toBeUndefined();
      expect(vault.findSubject(PEOPLE[1])).toBeDefined();
    });
  }, 120_000);
});
