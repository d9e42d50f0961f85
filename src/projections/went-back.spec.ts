import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPartition } from '#libs/sharding';
import { testDatabase } from '#libs/testkit';
import type { Vault } from '#libs/messaging';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { openProjections, type Projections, type SnapshotQuery } from './index.js';
import { PURPOSE, SpecLog } from './spec-log.js';

const database = await testDatabase('went_back');
afterAll(() => database?.drop());

const everything: SnapshotQuery = {
  usable: new Map([[PURPOSE, new Set(['item-1', 'item-2', 'item-3'])]]),
  partition: openPartition({ kind: 'by-subject', shards: 1 }, new Uint8Array(32).fill(5)),
  shards: new Set([0]),
};

(database === undefined ? describe.skip : describe)(
  'read models whose server was replaced by a standby that lacked the last transactions',
  () => {
    let log: SpecLog;
    let vault: Vault;
    let projections: Projections;
    let tables: string[];
    let subject: string;
    beforeEach(async () => {
      vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
      log = new SpecLog(new InMemoryEventStore(), vault);
      const place = { url: database!.url, installation: randomUUID() };
      projections = await openProjections({ place, store: log.store, sealer: vault });
      subject = await log.enrol('anna');
      await log.record(subject, 1);
      await projections.runner.caughtUp();
      const schema = `lacuna_${place.installation.replaceAll('-', '')}`;
      const rows = await database!.query(`SELECT tablename FROM pg_tables WHERE schemaname = $1`, [schema]);
      tables = rows.map(({ tablename }) => `"${schema}"."${tablename as string}"`);
      for (const [at, table] of tables.entries())
        await database!.query(`CREATE TABLE standby_${at} AS SELECT * FROM ${table}`);
    });
    afterEach(async () => {
      for (const at of tables.keys()) await database!.query(`DROP TABLE standby_${at}`);
      await projections.close();
      await log.store.close();
      vault.close();
    });

    /** Everything is as it was when the standby was made. */
    const goBack = async (): Promise<void> => {
      const statements = tables.map(
        (table, at) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM standby_${at};`,
      );
      await database!.query(`BEGIN; ${statements.join(' ')} COMMIT;`);
    };
    const trained = async (): Promise<number> =>
      ((await projections.snapshots.take(everything)).shards.get(0) ?? []).length;
    const expectWhole = async (): Promise<void> => {
      await projections.runner.caughtUp();
      const before = await projections.digest();
      await projections.runner.rebuild();
      expect(await projections.digest()).toBe(before);
    };

    it('are brought up to date before anybody trains on what was put out of use since', async () => {
      expect(await trained()).toBe(1);
      await log.quarantine(subject, [SpecLog.label(subject, 1)], 'erasure');
      expect(await trained()).toBe(0);
      await goBack();
      expect(await trained()).toBe(0);
      await expectWhole();
    });

    it('lack nothing when the log goes on before anybody has asked', async () => {
      await log.record(subject, 2);
      await projections.runner.caughtUp();
      await goBack();
      await log.record(subject, 3);
      await expectWhole();
      expect(await projections.people.records(subject)).toHaveLength(3);
    });
  },
);
