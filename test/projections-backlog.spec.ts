import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { VaultError } from '#libs/messaging';
import type { Installation, InstallationOptions } from '../apps/installation/index.js';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

/** Every start is a backlog, folded in windows much shorter than the log. */
const inThreads = (threads: number): Partial<InstallationOptions> => ({
  threads,
  backlog: { backlog: 0, windowSize: 40 },
});

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const OTHER_REQUEST = '7f1d9b1e-0000-4000-8000-000000000002';

async function withdrawAndErase({ requests }: Installation): Promise<void> {
  const scope = { categories: ['Horror'] };
  const channel = 'cli';
  await (
    await requests.withdraw({ requestId: REQUEST, externalId: PEOPLE[4], channel }, scope)
  ).finished;
  await (
    await requests.erase({ requestId: OTHER_REQUEST, externalId: PEOPLE[7], channel })
  ).finished;
}

describe('a backlog that threads fold', () => {
  let folder: string;
  let digest: string;
  beforeAll(async () => {
    folder = folders.next();
    digest = await using(folder, async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      await withdrawAndErase(installation);
      return installation.projections.digest();
    });
  }, 60_000);

  it.each([1, 2, 3])(
    'leaves the bytes that following the log has left, with withdrawals and erasures in it; threads: %d',
    async (threads) => {
      await using(
        folder,
        async ({ projections, store, vault }) => {
          const opened = jest.spyOn(vault, 'open');
          expect(await projections.runner.rebuild()).toMatchObject({ position: await store.head() });
          const names = opened.mock.calls.map(([name]) => name);
          expect(names.filter((name) => name.includes('/interactions~'))).toEqual([]);
          expect(await projections.digest()).toBe(digest);
        },
        inThreads(threads),
      );
    },
  );

  it('does not keep anything from being withdrawn and erased afterwards', async () => {
    const followed = folders.next();
    const readModels = await using(followed, async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      return installation.folder.paths.readModels;
    });
    rmSync(readModels);
    await using(
      followed,
      async (installation) => {
        await installation.projections.runner.caughtUp();
        await withdrawAndErase(installation);
        const after = await installation.projections.digest();
        await installation.projections.runner.rebuild();
        expect(await installation.projections.digest()).toBe(after);
      },
      inThreads(2),
    );
  });

  it('names the key that is missing, and goes on from there once it is back', async () => {
    const copy = folders.copyOf(folder);
    rmSync(path.join(copy, 'read-models.db'));
    const vault = new Database(path.join(copy, 'vault.db'));
    const last = "name LIKE '%/interactions~0' ORDER BY name DESC LIMIT 1";
    const key = vault.prepare(`SELECT name, wrapped FROM keys WHERE ${last}`).get() as { name: string };
    vault.prepare('DELETE FROM keys WHERE name = ?').run(key.name);
    await using(
      copy,
      async ({ projections: { runner } }) => {
        const refusal = await runner.caughtUp().catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(VaultError);
        expect(refusal).toMatchObject({ code: 'KEY_UNKNOWN', facts: { key: key.name } });
      },
      inThreads(2),
    );
    vault.prepare('INSERT INTO keys VALUES (@name, @wrapped)').run(key);
    vault.close();
    await using(
      copy,
      async ({ projections }) => expect(await projections.digest()).toBe(digest),
      inThreads(2),
    );
  });
});
