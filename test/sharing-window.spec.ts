import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

it('lets requests that come within the window share one rebuild', async () => {
  let clock = Date.UTC(2026, 0, 31, 10);
  const options = { now: () => new Date(clock), settings: { requests: { shareMinutes: 60 } } };
  await using(
    folders.next(),
    async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      const { requests, desk, trainings } = installation;
      const ids = [randomUUID(), randomUUID()];
      for (const [at, requestId] of ids.entries()) {
        await (
          await requests.erase({ requestId, externalId: PEOPLE[at], channel: 'cli' })
        ).finished;
        clock += 20 * 60_000;
      }
      expect(ids.map((id) => requests.get(id).status)).toEqual(['quarantined', 'quarantined']);
      await desk.tick();
      expect((await trainings.servingManifest())!.version).toBe(1);
      clock += 20 * 60_000;
      await desk.tick();
      expect(ids.map((id) => requests.get(id).status)).toEqual(['closed', 'closed']);
      expect((await trainings.servingManifest())!.version).toBe(2);
    },
    options,
  );
});
