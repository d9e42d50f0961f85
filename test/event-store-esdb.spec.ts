import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '#libs/messaging';
import { collect, CONTRACT_TIME, describeEventStoreContract, newEvent } from '#libs/testkit';
import { EsdbEventStore } from '#stages/event-store/esdb';
import { EsdbStandIn } from './support/esdb/esdb-stand-in.js';
import { ScopedEventStore } from './support/esdb/scoped-event-store.js';

const emptyStoreAt = async (url: string): Promise<EventStore> =>
  ScopedEventStore.within(await EsdbEventStore.open(url));

describe('over gRPC, against a stand-in of the server', () => {
  let node: EsdbStandIn;
  beforeAll(async () => {
    node = await EsdbStandIn.start({ now: () => CONTRACT_TIME });
  });
  afterAll(() => node.stop());

  describeEventStoreContract('EventStoreDB', () => emptyStoreAt(node.url));

  it('is empty when nobody has written to it, whatever the server has written for itself', async () => {
    const untouched = await EsdbStandIn.start();
    const store = await EsdbEventStore.open(untouched.url);
    expect(await store.head()).toBe(0n);
    expect(await collect(store.readAll())).toEqual([]);
    await store.append('s', [newEvent(1)]);
    await store.tombstone('s');
    expect(await collect(store.readAll({ filter: { streamPrefixes: ['', 'lacuna', '$'] } }))).toEqual([]);
    await store.close();
    await untouched.stop();
  });
});

// The same against a real server, whose address is in EVENTSTORE_URL (docker/ starts one); without it there is nothing to run.
const { EVENTSTORE_URL } = process.env;
if (EVENTSTORE_URL)
  describeEventStoreContract('EventStoreDB, a real server', () => emptyStoreAt(EVENTSTORE_URL), {
    ownClock: true,
  });
