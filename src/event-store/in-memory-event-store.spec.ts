import { describeEventStoreContract } from '#libs/testkit';
import { InMemoryEventStore } from './index.js';

describeEventStoreContract('in memory', (now) => new InMemoryEventStore({ now }));
