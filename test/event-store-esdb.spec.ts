import { EsdbEventStore } from '#stages/event-store';
import { describeEventStoreContract } from '#libs/testkit';
import { EsdbStandIn } from './support/esdb/esdb-stand-in.js';

describeEventStoreContract('EventStoreDB, a stand-in over gRPC', async (now) => {
  const node = await EsdbStandIn.start({ now });
  const store = await EsdbEventStore.open(node.url);
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await node.stop();
  };
  return store;
});
