import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openPartition } from '#libs/sharding';
import { refusalOfAsync, testDatabase } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { openProjections, openSharedSnapshots } from './index.js';
import { PURPOSE, SpecLog } from './spec-log.js';

const database = await testDatabase('shared_snapshots');
afterAll(() => database?.drop());
const partition = openPartition({ kind: 'by-subject', shards: 1 }, new Uint8Array(32).fill(5));

(database === undefined ? describe.skip : describe)('read models that another process folds', () => {
  it('are there for those who train once they are made, as far as they are folded', async () => {
    const place = { url: database!.url, installation: randomUUID(), patience: 0 };
    expect(await refusalOfAsync(() => openSharedSnapshots(place))).toBe('READ_MODELS_ABSENT');
    const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
    const log = new SpecLog(new InMemoryEventStore(), vault);
    const projections = await openProjections({ place, store: log.store, sealer: vault });
    const subject = await log.enrol('anna');
    await log.item('item-1');
    await log.record(subject, 1);
    await projections.runner.caughtUp();
    const shared = await openSharedSnapshots(place);
    const head = await log.store.head();
    await shared.reached(head, 0);
    const query = { usable: new Map([[PURPOSE, new Set(['item-1'])]]), partition, shards: new Set([0]) };
    expect(await shared.snapshots.take(query)).toEqual(await projections.snapshots.take(query));
    expect(await shared.catalogue.at(head)).toEqual(await projections.catalogue.at(head));
    expect(await refusalOfAsync(() => shared.reached(head + 1n, 0))).toBe('READ_MODELS_BEHIND');
    await shared.close();
    await projections.close();
    vault.close();
  });

  it('are known to be of another log, or ahead of one that was restored', async () => {
    const place = { url: database!.url, installation: randomUUID(), patience: 0 };
    const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
    const refusalAfter = async (events: number): Promise<unknown> => {
      const log = new SpecLog(new InMemoryEventStore(), vault);
      for (let number = 0; number < events; number++)
        await log.store.append('subject-x', [
          { id: randomUUID(), type: 'SubjectEnrolled', data: { subject: 'x' } },
        ]);
      const projections = await openProjections({ place, store: log.store, sealer: vault });
      const refused = await projections.runner.caughtUp().then(
        () => undefined,
        ({ code }: { code?: string }) => code,
      );
      await projections.close();
      return refused;
    };
    expect(await refusalAfter(4)).toBeUndefined();
    expect(await refusalAfter(2)).toBe('READ_MODELS_AHEAD');
    expect(await refusalAfter(5)).toBe('READ_MODELS_OF_ANOTHER_LOG');
    vault.close();
  });
});
