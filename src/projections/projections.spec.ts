import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { catalogueRoot, unpackRecords, usableEntries, type StoredRecord } from '#libs/contracts';
import { compareBytes, toBase64Url } from '#libs/essentials';
import { keyNames } from '#libs/contracts';
import { streamNames, type Vault } from '#libs/messaging';
import { openPartition } from '#libs/sharding';
import { readModelPlaces, refusalOfAsync, type ReadModelPlaces } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { openProjections, type Projections, type SnapshotQuery } from './index.js';
import { PURPOSE, SpecLog } from './spec-log.js';

const places = await readModelPlaces('projections');
const partition = openPartition({ kind: 'by-subject', shards: 1 }, new Uint8Array(32).fill(5));
const ITEMS = ['item-0', 'item-1', 'item-2', 'item-3', 'item-4'];
const everything: SnapshotQuery = {
  usable: new Map([[PURPOSE, new Set(ITEMS)]]),
  partition,
  shards: new Set([0]),
};
const labelsOf = (records: readonly StoredRecord[]): string[] =>
  records.map(({ label }) => toBase64Url(label));

describe.each(places)('the projections on $dialect', ({ dialect, next, drop }) => {
  afterAll(drop);
  let log: SpecLog;
  let vault: Vault;
  let projections: Projections;
  let place: ReturnType<ReadModelPlaces['next']>;
  beforeEach(async () => {
    vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
    log = new SpecLog(new InMemoryEventStore(), vault);
    place = next();
    projections = await openProjections({ place, store: log.store, sealer: vault });
  });
  afterEach(async () => {
    await projections.close();
    await log.store.close();
    vault.close();
  });

  /** Labels that shard 0 would train on. */
  const trainable = async (query: Partial<SnapshotQuery> = {}): Promise<string[]> => {
    const { shards } = await projections.snapshots.take({ ...everything, ...query });
    return labelsOf((shards.get(0) ?? []).flatMap(({ records }) => unpackRecords(records)));
  };
  const expectSameAfterRebuild = async (): Promise<void> => {
    const before = await projections.digest();
    await projections.runner.rebuild();
    expect(await projections.digest()).toBe(before);
    const windows = { backlog: 0, windowSize: 3 };
    const other = await openProjections({
      place: next(),
      store: log.store,
      sealer: vault,
      ...windows,
    });
    expect(await other.digest()).toBe(before);
    await other.close();
  };

  it('keep every field of a record, sorted by label', async () => {
    const subject = await log.enrol('anna');
    for (const number of [3, 1, 2]) await log.record(subject, number);
    const records = await projections.people.records(subject);
    expect(labelsOf(records)).toEqual(labelsOf([...records].sort((a, b) => compareBytes(a.label, b.label))));
    const first = records.find(({ label }) => toBase64Url(label) === SpecLog.label(subject, 3))!;
    expect(first).toMatchObject({
      item: 'item-3',
      type: 'rating',
      time: 978300003,
      value: 4,
      purpose: PURPOSE,
      position: 3n,
    });
    expect(first.opening).toHaveLength(16);
    expect(await projections.people.recordsOf(subject)).toEqual(records);
  });

  it('let a record train only under a consent that was given before it and still holds', async () => {
    const subject = await log.enrol('anna', false);
    await log.record(subject, 1);
    await log.consent(subject);
    const under = await log.record(subject, 2);
    await log.consent(subject);
    expect(await trainable()).toEqual([under]);
    expect(labelsOf(await projections.people.recordsOf(subject))).toEqual([under]);
    await log.consent(subject, PURPOSE, 'ConsentWithdrawn');
    expect(await trainable()).toEqual([]);
    expect(await projections.people.recordsOf(subject)).toEqual([]);
    expect(await projections.people.records(subject)).toHaveLength(2);
    await log.consent(subject);
    const anew = await log.record(subject, 3);
    expect(await trainable()).toEqual([anew]);
    await log.consent(subject, 'advertising', 'ConsentWithdrawn');
    expect(await trainable()).toEqual([anew]);
    expect(await trainable({ usable: new Map([['advertising', new Set(ITEMS)]]) })).toEqual([]);
    await expectSameAfterRebuild();
  });

  it('stop using a quarantined record at once, and forget an erased one', async () => {
    const subject = await log.enrol('anna');
    const gone = await log.record(subject, 1);
    const kept = await log.record(subject, 2);
    const requestId = await log.quarantine(subject, [gone], 'withdrawal');
    expect(await trainable()).toEqual([kept]);
    expect(labelsOf(await projections.people.records(subject))).toEqual([kept]);
    const [before] = await projections.people.records(subject);
    await log.eraseRecords(requestId, subject, [gone]);
    expect(await projections.people.records(subject)).toEqual([before]);
    expect(await projections.people.status(subject)).toBe('active');
    await expectSameAfterRebuild();
    expect(await projections.people.records(subject)).toEqual([before]);
  });

  it('count for each item the records of everybody that may be used, and know who consents', async () => {
    const [anna, ben] = [await log.enrol('anna'), await log.enrol('ben')];
    const [gone] = [await log.record(anna, 1), await log.record(anna, 2), await log.record(ben, 1)];
    const degrees = async () =>
      Object.fromEntries(await projections.degrees.count({ purpose: PURPOSE, catalogue: new Set(ITEMS) }));
    expect(await degrees()).toEqual({ 'item-1': 2, 'item-2': 1 });
    await log.quarantine(anna, [gone], 'withdrawal');
    expect(await degrees()).toEqual({ 'item-1': 1, 'item-2': 1 });
    expect(await projections.people.countConsented(PURPOSE)).toBe(2);
    await log.consent(ben, PURPOSE, 'ConsentWithdrawn');
    expect(await degrees()).toEqual({ 'item-2': 1 });
    expect(await projections.people.countConsented(PURPOSE)).toBe(1);
    const others = { purpose: PURPOSE, catalogue: new Set(['item-3']) };
    expect(await projections.degrees.count(others)).toEqual(new Map());
  });

  it('keep features apart from items, and let them train under a consent of their own', async () => {
    for (const item of ITEMS) await log.item(item);
    await log.feature('age=25');
    const at = await log.feature('gender=F');
    const { items, categories, features, root } = await projections.catalogue.at(at);
    expect([items, categories.length, features]).toEqual([ITEMS, 5, ['age=25', 'gender=F']]);
    const described = [...(await projections.catalogue.describe([...items, ...features])).values()];
    expect(catalogueRoot(described)).toBe(root);
    expect(catalogueRoot(described.map((one) => ({ ...one, kind: undefined })))).not.toBe(root);
    const subject = await log.enrol('anna');
    const met = await log.record(subject, 1);
    const early = await log.record(subject, 2, 'age=25', 'personalisation');
    await log.consent(subject, 'personalisation');
    const stated = await log.record(subject, 3, 'gender=F', 'personalisation');
    await log.record(subject, 4, 'item-4', 'personalisation');
    await log.record(subject, 5, 'age=25');
    const usable = usableEntries(
      { purpose: PURPOSE, profilePurpose: 'personalisation' },
      { items, features },
    );
    expect((await trainable({ usable })).sort()).toEqual([met, stated].sort());
    expect(await trainable()).toEqual([met]);
    expect(await projections.degrees.count({ purpose: PURPOSE, catalogue: new Set(items) })).toEqual(
      new Map([['item-1', 1]]),
    );
    const requestId = await log.quarantine(subject, [stated], 'withdrawal');
    expect(await trainable({ usable })).toEqual([met]);
    await log.eraseRecords(requestId, subject, [stated]);
    await log.consent(subject, PURPOSE, 'ConsentWithdrawn');
    expect(await trainable({ usable })).toEqual([]);
    expect(labelsOf(await projections.people.records(subject))).toContain(early);
    await expectSameAfterRebuild();
  });

  it('never train on a record that was deleted and comes again', async () => {
    const subject = await log.enrol('anna');
    const gone = await log.record(subject, 1);
    await log.eraseRecords(await log.quarantine(subject, [gone], 'withdrawal'), subject, [gone]);
    await log.record(subject, 1);
    const other = await log.record(subject, 2);
    expect(await trainable()).toEqual([other]);
    await expectSameAfterRebuild();
    expect(await trainable()).toEqual([other]);
  });

  it('use nothing of a person under erasure, whatever still comes in, and keep nothing afterwards', async () => {
    const subject = await log.enrol('anna');
    const stays = await log.enrol('bert');
    const label = await log.record(subject, 1);
    const others = await log.record(stays, 2);
    const requestId = await log.quarantine(subject, [label], 'erasure');
    expect(await projections.people.status(subject)).toBe('erasing');
    await log.consent(subject);
    await log.record(subject, 3);
    expect(await trainable()).toEqual([others]);
    expect(await projections.people.recordsOf(subject)).toEqual([]);
    await log.eraseSubject(requestId, subject, [label]);
    expect(await projections.people.status(subject)).toBe('erased');
    expect(await projections.people.records(subject)).toEqual([]);
    expect(await trainable()).toEqual([others]);
    expect(await projections.people.status('stranger')).toBe('unknown');
    await expectSameAfterRebuild();
  });

  if (dialect === 'SQLite') {
    it('leave no byte of an erased record in their files', async () => {
      const subject = await log.enrol('anna');
      const stays = await log.enrol('bert');
      for (let number = 0; number < 50; number++) await log.record(number % 2 ? subject : stays, number);
      const label = Buffer.from(SpecLog.label(subject, 7), 'base64url');
      await projections.runner.caughtUp();
      const folder = path.dirname((place as { file: string }).file);
      const isInFiles = (): boolean =>
        readdirSync(folder).some((name) => readFileSync(path.join(folder, name)).includes(label));
      expect(isInFiles()).toBe(true);
      const requestId = await log.quarantine(subject, [SpecLog.label(subject, 7)], 'erasure');
      await log.eraseSubject(requestId, subject, [SpecLog.label(subject, 7)]);
      await projections.runner.caughtUp();
      expect(isInFiles()).toBe(false);
    });
  }

  it('count a record once that was recorded again while its stream was re-written', async () => {
    const subject = await log.enrol('anna');
    const gone = await log.record(subject, 1);
    const twice = await log.record(subject, 2);
    const requestId = await log.quarantine(subject, [gone], 'withdrawal');
    vault.ensureKey(keyNames.interactions(subject, 1));
    await log.record(subject, 2);
    expect(await trainable()).toEqual([twice]);
    await log.store.tombstone(streamNames.interactions(subject, 0));
    vault.destroyKeys([keyNames.interactions(subject, 0)], '2026-01-02T03:04:05.678Z');
    await log.store.append(streamNames.request(requestId), [
      {
        id: '00000000-0000-4000-8000-ffffffffffff',
        type: 'RecordsErased',
        data: {
          requestId,
          subject,
          labels: [gone],
          coarseLabels: [],
          kept: 1,
          generation: 1,
          tombstonedStreams: [],
          erasedAt: '',
        },
      },
    ]);
    expect(await trainable()).toEqual([twice]);
    await expectSameAfterRebuild();
  });

  it('pass over a payload whose key was destroyed, and fail loudly when a key is unknown', async () => {
    const subject = await log.enrol('anna');
    await projections.runner.caughtUp();
    await projections.runner.stop();
    await log.record(subject, 1);
    vault.ensureKey(keyNames.interactions(subject, 1));
    vault.destroyKeys([keyNames.interactions(subject, 0)], '2026-01-02T03:04:05.678Z');
    const kept = await log.record(subject, 2);
    await projections.runner.start();
    expect(await trainable()).toEqual([kept]);

    const stranger = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
    const other = await openProjections({
      place: next(),
      store: log.store,
      sealer: stranger,
    });
    expect(await refusalOfAsync(() => other.runner.caughtUp())).toBe('KEY_UNKNOWN');
    expect(await other.runner.position()).toBe(0n);
    await other.close();
    stranger.close();
  });

  it('answer what the catalogue was at a position', async () => {
    await log.item('b');
    const early = await log.item('a');
    await log.withdrawItem('b');
    const late = await log.item('c', 'Renamed later');
    await log.item('c', 'New name');
    const ids = async (position: bigint) => (await projections.catalogue.at(position)).items;
    expect(await ids(0n)).toEqual([]);
    expect(await ids(early)).toEqual(['a', 'b']);
    expect(await ids(late)).toEqual(['a', 'c']);
    const now = await projections.catalogue.at(await log.store.head());
    expect(now.root).not.toBe((await projections.catalogue.at(late)).root);
    expect(await projections.catalogue.withdrawn()).toEqual(new Set(['b']));
    expect((await projections.catalogue.describe(['c', 'b', 'x'])).get('c')?.title).toBe('New name');
    await log.item('b');
    expect(await ids(await log.store.head())).toEqual(['a', 'b', 'c']);
    expect(await projections.catalogue.withdrawn()).toEqual(new Set());
    await expectSameAfterRebuild();
  });

  it.each(['by-subject', 'by-record'] as const)(
    'give every shard its records and no other, %s',
    async (kind) => {
      const split = openPartition({ kind, shards: 3 }, new Uint8Array(32).fill(9));
      const subjects = [];
      for (const name of ['anna', 'bert', 'carl', 'dora', 'emil']) subjects.push(await log.enrol(name));
      for (let number = 0; number < 60; number++) await log.record(subjects[number % 5], number);
      const query = {
        ...everything,
        partition: split,
        usable: new Map([[PURPOSE, new Set(['item-0', 'item-1', 'item-2', 'item-3'])]]),
      };
      const { shards, position } = await projections.snapshots.take({ ...query, shards: new Set([0, 1, 2]) });
      expect(position).toBe(await log.store.head());
      let count = 0;
      for (const [shard, people] of shards) {
        expect(people.map(({ subject }) => subject)).toEqual(people.map(({ subject }) => subject).sort());
        for (const { subject, records } of people)
          for (const record of unpackRecords(records)) {
            count++;
            expect(split.shardOf({ subject, label: record.label })).toBe(shard);
            expect(record.item).not.toBe('item-4');
          }
        const { shards: alone } = await projections.snapshots.take({ ...query, shards: new Set([shard]) });
        expect(alone).toEqual(new Map([[shard, people]]));
      }
      expect(count).toBe(48);
    },
  );

  it('go on from their checkpoint after they were closed', async () => {
    const subject = await log.enrol('anna');
    await log.record(subject, 1);
    await projections.runner.caughtUp();
    await projections.close();
    await log.record(subject, 2);
    let handled = 0;
    const onProgress = ({ events }: { events: number }) => (handled = events);
    projections = await openProjections({ place, store: log.store, sealer: vault, onProgress });
    expect(await projections.people.records(subject)).toHaveLength(2);
    expect(handled).toBe(1);
  });

  it('let whoever asks during a rebuild wait for its end', async () => {
    const subject = await log.enrol('anna');
    for (let number = 0; number < 20; number++) await log.record(subject, number);
    const rebuilt = projections.runner.rebuild();
    expect(await projections.people.records(subject)).toHaveLength(20);
    expect(await rebuilt).toMatchObject({ events: 22, position: await log.store.head() });
  });
});
