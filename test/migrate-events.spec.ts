import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { streamNames } from '#libs/messaging';
import { collect } from '#libs/testkit';
import { SqliteEventStore } from '#stages/event-store';
import { EsdbEventStore } from '#stages/event-store/esdb';
import { exportBundle, migrateEvents, type Installation } from '../apps/installation/index.js';
import { EsdbStandIn } from './support/esdb/esdb-stand-in.js';
import { ExportedBundle } from './support/exported-bundle.js';
import { openSmall, peopleByShard, populate, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const SECOND = '7f1d9b1e-0000-4000-8000-000000000002';

const erase = async ({ requests }: Installation, requestId: string, externalId: string) =>
  (await requests.erase({ requestId, externalId, channel: 'cli' })).finished;

afterAll(() => folders.remove());

describe('an installation that moves to EventStoreDB', () => {
  it('keeps positions, models, certificates and what was destroyed, and goes on', async () => {
    const folder = folders.next();
    const server = await EsdbStandIn.start();
    const env = { LACUNA_EVENTSTORE_URL: server.url };
    const backends = { eventStore: server.url };
    let gone = '';
    let other = '';
    const manifestOf = async ({ trainings }: Installation) => trainings.servingManifest();
    const before = await using(folder, async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      const [[person], [second]] = await peopleByShard(installation);
      other = second; // of another shard, so that the first certificate can still be replayed whole
      gone = installation.vault.findSubject(person)!;
      await erase(installation, REQUEST, person);
      return {
        manifest: await manifestOf(installation),
        events: await collect(installation.store.readAll()),
      };
    });
    await expect(openSmall(folder, { backends })).rejects.toMatchObject({ code: 'EVENTS_NOT_MOVED' });

    const drops = setInterval(() => server.wire.drop(), 300);
    const { events } = await migrateEvents(folder, env);
    clearInterval(drops);
    expect(events).toBe(before.events.length);
    expect(existsSync(path.join(folder, 'events.db'))).toBe(false);
    await expect(migrateEvents(folder, env)).rejects.toMatchObject({ code: 'EVENTS_MOVED' });

    const out = folders.next();
    await using(
      folder,
      async (installation) => {
        const { store } = installation;
        expect(await collect(store.readAll())).toEqual(before.events);
        expect(await store.streamState(streamNames.interactions(gone, 0))).toBe('tombstoned');
        const some = before.events[Math.floor(before.events.length / 2)].position;
        const beyond = before.events.filter(({ position }) => position > some);
        expect(await collect(store.readAll({ from: some }))).toEqual(beyond);
        const newest = await collect(store.readAll({ direction: 'backwards', from: some, maxCount: 3 }));
        expect(newest).toEqual(
          before.events
            .filter(({ position }) => position < some)
            .slice(-3)
            .reverse(),
        );
        expect(await manifestOf(installation)).toEqual(before.manifest);
        await erase(installation, SECOND, other);
        await exportBundle(installation, out);
      },
      { backends },
    );
    for (const request of [REQUEST, SECOND])
      expect(await new ExportedBundle(out).replay(request)).toMatchObject({ exitCode: 0 });
    await server.stop();
  }, 90_000);

  it('carries on where it was interrupted, and does not open before it is done', async () => {
    const folder = folders.next();
    const server = await EsdbStandIn.start();
    await using(folder, populate);
    const { installation } = JSON.parse(readFileSync(path.join(folder, 'lacuna.json'), 'utf8'));
    const from = SqliteEventStore.open(path.join(folder, 'events.db'));
    const to = await EsdbEventStore.open(server.url);
    await to.claim(installation);
    const interrupted = to.carryOver(from, () => {
      throw new Error('killed');
    });
    await expect(interrupted).rejects.toThrow('killed');
    await to.close();
    await from.close();
    const backends = { eventStore: server.url };
    await expect(openSmall(folder, { backends })).rejects.toMatchObject({ code: 'EVENTS_NOT_MOVED' });
    const { events } = await migrateEvents(folder, { LACUNA_EVENTSTORE_URL: server.url });
    expect(events).toBeGreaterThan(100);
    await using(
      folder,
      async ({ store }) => expect((await collect(store.readAll())).length).toBeGreaterThanOrEqual(events),
      { backends },
    );
    await server.stop();
  }, 60_000);

  it('is told what it lacks', async () => {
    await expect(migrateEvents(folders.next(), {})).rejects.toMatchObject({ code: 'EVENT_STORE_UNNAMED' });
    const folder = folders.next();
    await using(folder, populate);
    const server = await EsdbStandIn.start();
    const store = await EsdbEventStore.open(server.url);
    await store.claim('another installation');
    await store.close();
    const env = { LACUNA_EVENTSTORE_URL: server.url };
    await expect(migrateEvents(folder, env)).rejects.toMatchObject({ code: 'EVENT_STORE_CLAIMED' });
    await server.stop();
  });
});
