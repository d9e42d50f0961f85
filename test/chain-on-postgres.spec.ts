import { afterAll, describe, expect, it } from '@jest/globals';
import { testDatabase } from '#libs/testkit';
import { verifyCertificate } from '#libs/verification';
import { utf8 } from '#libs/essentials';
import { exportBundle } from '../apps/installation/index.js';
import { ExportedBundle } from './support/exported-bundle.js';
import { eventually } from './support/portal/eventually.js';
import { PEOPLE, populate, TemporaryFolders, trustOf, using } from './support/small-installation.js';

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const database = await testDatabase('chain');
const folders = new TemporaryFolders();
afterAll(async () => {
  folders.remove();
  await database?.drop();
});

(database === undefined ? describe.skip : describe)(
  'an installation whose read models are on PostgreSQL',
  () => {
    it('imports, trains, erases, certifies and can be replayed, though its sessions are ended on the way, and has the content that files have', async () => {
      const folder = folders.next();
      const backends = { postgres: database!.url };
      const endSessions = () =>
        database!.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lacuna%'`,
        );
      const bundle = folders.next();
      const vacuums = async (): Promise<number> => {
        const [{ count }] = (await database!.query(
          `SELECT coalesce(sum(vacuum_count), 0)::int AS count FROM pg_stat_user_tables WHERE relname LIKE '%training_records%'`,
        )) as { count: number }[];
        return count;
      };
      const digest = await using(
        folder,
        async (installation) => {
          await populate(installation);
          await endSessions();
          await installation.trainings.train();
          await endSessions();
          const submission = { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' } as const;
          expect(await (await installation.requests.erase(submission)).finished).toMatchObject({
            status: 'closed',
          });
          const certificate = await installation.certificates.read(REQUEST);
          verifyCertificate({ bundle: utf8(JSON.stringify(certificate)), trust: trustOf(installation) });
          await exportBundle(installation, bundle);
          await eventually('the erased rows’ space to be freed', async () =>
            (await vacuums()) > 0 ? true : undefined,
          );
          const rebuilding = installation.projections.runner.rebuild();
          await endSessions();
          await rebuilding;
          return installation.projections.digest();
        },
        { backends },
      );
      const inFiles = await using(folder, ({ projections }) => projections.digest());
      expect(digest).toBe(inFiles);
      const replayed = await new ExportedBundle(bundle).replay(REQUEST, '--all-shards');
      expect(replayed).toMatchObject({ exitCode: 0, out: expect.stringContaining('✓ aggregator') });
    }, 60_000);
  },
);
