import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore, RecordedEvent } from '#libs/messaging';
import { collect, newEvent, refusalOfAsync } from '#libs/testkit';
import { EsdbEventStore, type EsdbTiming } from '#stages/event-store/esdb';
import { EsdbStandIn, type AppendFate } from './support/esdb/esdb-stand-in.js';
import { StaleLog } from './support/esdb/stale-log.js';

const QUICK: EsdbTiming = { patience: 25_000, deadline: 1_500, firstPause: 10 };
const IMPATIENT: EsdbTiming = { patience: 1_000, deadline: 300, firstPause: 10 };

let node: EsdbStandIn;
let store: EventStore;
beforeEach(async () => {
  node = await EsdbStandIn.start();
  store = await EsdbEventStore.open(node.url, QUICK);
});
afterEach(async () => {
  await store.close();
  await node.stop();
});

const numbersOf = (events: readonly RecordedEvent[]): number[] =>
  events.map(({ data }) => (data as { number: number }).number);
const streamOf = async (stream: string, from: EventStore = store): Promise<number[]> =>
  numbersOf(await collect(from.readStream(stream)));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe('an append', () => {
  it.each<AppendFate>([
    'written, unanswered',
    'written, connection lost',
    'written, timed out',
    'timed out',
    'unanswered',
  ])('is stored once when the first attempt is %s', async (fate) => {
    await store.append('s', [newEvent(0)]);
    node.fates.push(fate);
    expect(await store.append('s', [newEvent(1), newEvent(2)])).toMatchObject({ revision: 2, appended: 2 });
    expect(await streamOf('s')).toEqual([0, 1, 2]);
    expect(await store.append('s', [newEvent(3)], { expectedRevision: 2 })).toMatchObject({ revision: 3 });
  });

  it('of a batch is stored once, each stream in order, when the connection breaks in its midst', async () => {
    node.fates.push('answered', 'answered', 'written, connection lost', 'answered', 'unanswered');
    const appends = upTo(40).map((number) => ({ stream: `s-${number % 7}`, events: [newEvent(number)] }));
    const results = await store.appendBatch(appends);
    expect(results.every(({ appended }) => appended === 1)).toBe(true);
    for (const stream of upTo(7))
      expect(await streamOf(`s-${stream}`)).toEqual(upTo(40).filter((number) => number % 7 === stream));
    expect(await collect(store.readAll())).toHaveLength(40);
  });

  it('that was given up is completed when it is repeated, by this process or the next', async () => {
    const hasty = await EsdbEventStore.open(node.url, IMPATIENT);
    node.wire.stall(true);
    expect(await refusalOfAsync(() => hasty.append('s', [newEvent(1)]))).toBe('STORE_UNAVAILABLE');
    node.wire.stall(false);
    expect(await hasty.append('s', [newEvent(1), newEvent(2)])).toMatchObject({ revision: 1 });
    await hasty.close();
    expect(await store.append('s', [newEvent(1), newEvent(2)])).toMatchObject({ revision: 1, appended: 0 });
    expect(await streamOf('s')).toEqual([1, 2]);
  });

  it('races with one of another process, and both are stored once', async () => {
    const other = await EsdbEventStore.open(node.url, QUICK);
    const all = upTo(30).map((number) =>
      (number % 2 === 0 ? store : other).append('s', [newEvent(number), newEvent(100)]),
    );
    await Promise.all(all);
    const stored = await streamOf('s');
    expect([...stored].sort((a, b) => a - b)).toEqual([...upTo(30), 100]);
    const exact = [store, other].map((one, at) =>
      refusalOfAsync(() => one.append('s', [newEvent(200 + at)], { expectedRevision: 30 })),
    );
    expect((await Promise.all(exact)).sort()).toEqual(['WRONG_EXPECTED_REVISION', 'nothing was refused']);
    await other.close();
  });

  it('that is larger than the server takes at once is written in parts, or refused where that would show', async () => {
    const large = upTo(30).map((number) => newEvent(number, 'Noted', { number, fill: 'x'.repeat(50_000) }));
    expect(await store.append('s', large)).toMatchObject({ revision: 29, appended: 30 });
    expect(await store.append('s', large)).toMatchObject({ revision: 29, appended: 0 });
    expect(await streamOf('s')).toEqual(upTo(30));
    const exact = () => store.append('t', large, { expectedRevision: 'no-stream' });
    expect(await refusalOfAsync(exact)).toBe('APPEND_TOO_LARGE');
    expect(await store.streamState('t')).toBe('missing');
  });

  it('that a server of smaller measure refuses says which setting of the server it is', async () => {
    const small = await EsdbStandIn.start({ maxAppendSize: 1_000 });
    const there = await EsdbEventStore.open(small.url, QUICK);
    const large = newEvent(1, 'Noted', { fill: 'x'.repeat(2_000) });
    await expect(there.append('s', [large])).rejects.toMatchObject({
      code: 'APPEND_TOO_LARGE',
      nextStep: expect.stringContaining('MaxAppendSize'),
    });
    await there.close();
    await small.stop();
  });
});

describe('a subscription', () => {
  it('loses nothing and doubles nothing while connections break', async () => {
    const seen: number[] = [];
    const subscription = store.subscribe({
      batchSize: 7,
      handle: async (events) => {
        seen.push(...numbersOf(events));
        if (seen.length % 3 === 0) node.wire.drop();
        await pause(1);
      },
    });
    for (const number of upTo(120)) {
      await store.append(`s-${number % 5}`, [newEvent(number)]);
      if (number % 10 === 9) node.wire.drop();
    }
    await subscription.caughtUp();
    expect(seen).toEqual(upTo(120));
    await subscription.stop();
  });

  it('goes on by itself when the server comes back, and stops at once while it is away', async () => {
    const seen: number[] = [];
    const handle = async (events: readonly RecordedEvent[]): Promise<void> => {
      seen.push(...numbersOf(events));
    };
    const subscription = store.subscribe({ handle });
    const stopped = store.subscribe({ handle: async () => undefined });
    await store.append('s', [newEvent(0)]);
    await subscription.caughtUp();
    node.wire.refuse(true);
    await pause(50);
    await stopped.stop();
    await stopped.done;
    node.wire.refuse(false);
    await store.append('s', [newEvent(1)]);
    await subscription.caughtUp();
    expect(seen).toEqual([0, 1]);
    await subscription.stop();
  });

  it('hears of what another process appends', async () => {
    const other = await EsdbEventStore.open(node.url, QUICK);
    let heard!: (events: readonly RecordedEvent[]) => void;
    const first = new Promise<readonly RecordedEvent[]>((resolve) => (heard = resolve));
    const subscription = store.subscribe({ handle: async (events) => heard(events) });
    await subscription.caughtUp();
    await other.append('s', [newEvent(5)]);
    expect(numbersOf(await first)).toEqual([5]);
    await other.close();
    await subscription.stop();
  });

  it('asks for no more than it handles, however slow it is', async () => {
    const filled = upTo(2_000).map((number) => newEvent(number, 'Noted', { number, fill: 'x'.repeat(400) }));
    for (let at = 0; at < filled.length; at += 250) await store.append('s', filled.slice(at, at + 250));
    node.eventsSent = 0;
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const seen: number[] = [];
    const subscription = store.subscribe({
      batchSize: 50,
      handle: async (events) => {
        seen.push(...numbersOf(events));
        await held;
      },
    });
    while (seen.length === 0) await pause(10);
    await pause(200);
    const [handled, sent] = [seen.length, node.eventsSent];
    release();
    await subscription.caughtUp();
    expect(handled).toBe(50);
    expect(sent).toBeLessThan(120);
    expect(seen).toEqual(upTo(2_000));
    await subscription.stop();
  });
});

describe('a change of the leader', () => {
  let follower: EsdbStandIn;
  beforeEach(async () => {
    follower = await EsdbStandIn.start({ log: node.log });
    follower.role = { leader: node };
    node.cluster = follower.cluster = [node, follower];
  });
  afterEach(() => follower.stop());

  const resign = (): void => {
    node.role = { leader: follower };
    follower.role = 'leader';
  };

  it('is followed, whichever node is named', async () => {
    const named = await EsdbEventStore.open(follower.url, QUICK);
    await named.append('s', [newEvent(0)]);
    const seen: number[] = [];
    const subscription = named.subscribe({
      handle: async (events) => {
        seen.push(...numbersOf(events));
      },
    });
    await subscription.caughtUp();
    resign();
    await named.append('s', [newEvent(1)], { expectedRevision: 0 });
    await named.tombstone('t');
    await subscription.caughtUp();
    expect(seen).toEqual([0, 1]);
    expect(await streamOf('s', named)).toEqual([0, 1]);
    await named.close();
  });

  it('is found out by gossip when the leader is gone', async () => {
    const hosts = `localhost:${node.port},localhost:${follower.port}`;
    const named = await EsdbEventStore.open(`esdb://${hosts}?tls=false&discoveryInterval=20`, QUICK);
    await named.append('s', [newEvent(0)]);
    resign();
    node.wire.refuse(true);
    await named.append('s', [newEvent(1)], { expectedRevision: 0 });
    expect(await streamOf('s', named)).toEqual([0, 1]);
    await named.close();
  });

  it('is not believed by whoever knows more than the node that takes itself for the leader', async () => {
    const hosts = `localhost:${node.port},localhost:${follower.port}`;
    const named = await EsdbEventStore.open(`esdb://${hosts}?tls=false&discoveryInterval=20`, QUICK);
    await named.append('s', [newEvent(0)]);
    follower.behind = await StaleLog.of(node.log);
    await named.append('s', [newEvent(1)]);
    await named.append('t', [newEvent(2)]);
    resign();
    node.wire.refuse(true);
    const answers = Promise.all([
      streamOf('s', named),
      streamOf('t', named),
      collect(named.readAll()).then(numbersOf),
      collect(named.readStream('s', { direction: 'backwards', maxCount: 1 })).then(numbersOf),
    ]);
    await pause(300);
    follower.behind = undefined;
    expect(await answers).toEqual([[0, 1], [2], [0, 1, 2], [1]]);
    await named.close();
  });

  it('is waited for while the nodes elect, and refused when they never do', async () => {
    const hasty = await EsdbEventStore.open(node.url, IMPATIENT);
    node.role = 'electing';
    expect(await refusalOfAsync(() => hasty.append('s', [newEvent(0)]))).toBe('STORE_NOT_LEADER');
    const waiting = store.append('s', [newEvent(0)]);
    await pause(150);
    node.role = 'leader';
    expect(await waiting).toMatchObject({ appended: 1 });
    await hasty.close();
  });
});

describe('a tombstone', () => {
  const visible = async (from: EventStore): Promise<number[]> => numbersOf(await collect(from.readAll()));

  it('that a crash cut off is completed when the store is opened again', async () => {
    await store.append('s', [newEvent(0)]);
    await store.append('t', [newEvent(1)]);
    const dying = await EsdbEventStore.open(node.url, IMPATIENT);
    node.fates.push('answered', ...Array<AppendFate>(30).fill('unanswered'));
    expect(await refusalOfAsync(() => dying.tombstone('s'))).toBe('STORE_UNAVAILABLE');
    await dying.close();
    node.fates.length = 0;

    const next = await EsdbEventStore.open(node.url, QUICK);
    expect(await next.streamState('s')).toBe('tombstoned');
    expect(await visible(next)).toEqual([1]);
    await node.log.scavenge();
    expect(await visible(next)).toEqual([1]);
    expect(await next.head()).toBe((await collect(next.readAll())).at(-1)?.position);
    await next.close();
  }, 20_000);

  it('is seen by another process at its next look, and keeps the head where it was', async () => {
    const other = await EsdbEventStore.open(node.url, QUICK);
    await store.append('s', [newEvent(0)]);
    const { position } = await store.append('t', [newEvent(1)]);
    await other.tombstone('t');
    expect(await visible(store)).toEqual([0]);
    await node.log.scavenge();
    expect(await store.head()).toBe(position);
    expect(await refusalOfAsync(() => store.append('t', [newEvent(2)]))).toBe('STREAM_TOMBSTONED');
    await other.close();
  });

  it('at an exact revision yields to an append of another process', async () => {
    const other = await EsdbEventStore.open(node.url, QUICK);
    await store.append('s', [newEvent(0)]);
    const [tombstoned] = await Promise.all([
      refusalOfAsync(() => store.tombstone('s', { expectedRevision: 0 })),
      refusalOfAsync(() => other.append('s', [newEvent(1)])),
    ]);
    const state = await store.streamState('s');
    expect(state).toBe(tombstoned === 'nothing was refused' ? 'tombstoned' : 'live');
    await other.close();
  });
});
