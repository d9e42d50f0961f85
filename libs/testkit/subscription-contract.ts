import { expect, it } from '@jest/globals';
import type { EventStore, RecordedEvent } from '#libs/messaging';
import { newEvent } from './events.js';
import { refusalOfAsync } from './scenario.js';

/** What every event store's subscriptions must do; part of the event store contract. */
export function describeSubscriptionContract(store: () => EventStore): void {
  it('hands a subscriber everything stored, then everything new', async () => {
    await store().append('a', [newEvent(1), newEvent(2)]);
    const seen = new Recorder();
    const subscription = store().subscribe({ handle: seen.handle });
    await subscription.caughtUp();
    expect(seen.numbers).toEqual([1, 2]);
    expect(seen.position).toBe(await store().head());
    await store().append('b', [newEvent(3)]);
    await subscription.caughtUp();
    expect(seen.numbers).toEqual([1, 2, 3]);
    await subscription.stop();
  });

  it('starts after a stored checkpoint', async () => {
    const { position } = await store().append('a', [newEvent(1), newEvent(2)]);
    await store().append('a', [newEvent(3)]);
    const seen = new Recorder();
    const subscription = store().subscribe({ after: position, handle: seen.handle });
    await subscription.caughtUp();
    expect(seen.numbers).toEqual([3]);
    await subscription.stop();
  });

  it('hands over batches of the size asked for, one at a time, each with the checkpoint to store', async () => {
    await store().append(
      'a',
      Array.from({ length: 25 }, (_, index) => newEvent(index)),
    );
    const seen = new Recorder(5);
    const subscription = store().subscribe({ batchSize: 10, handle: seen.handle });
    await subscription.caughtUp();
    expect(seen.batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
    expect(seen.positions).toEqual(seen.batches.map((batch) => batch.at(-1)?.position));
    expect(seen.overlapped).toBe(false);
    await subscription.stop();
  });

  it('passes only what the filter lets through, and a checkpoint behind what it held back', async () => {
    await store().append('a-1', [newEvent(1), newEvent(2, 'Other')]);
    await store().append('b-1', [newEvent(3), newEvent(4)]);
    const seen = new Recorder();
    const filter = { types: ['Noted'], streamPrefixes: ['a-'] };
    const subscription = store().subscribe({ filter, handle: seen.handle });
    await subscription.caughtUp();
    expect(seen.numbers).toEqual([1]);
    expect(seen.position).toBe(await store().head());
    await store().append('b-1', [newEvent(5)]);
    await subscription.caughtUp();
    await store().append('a-2', [newEvent(6)]);
    await subscription.caughtUp();
    expect(seen.numbers).toEqual([1, 6]);
    expect(seen.batches.every((batch) => batch.length > 0)).toBe(true);
    await subscription.stop();
  });

  it('waits for events that come while it handles others', async () => {
    await store().append('a', [newEvent(1)]);
    const seen = new Recorder(5);
    const subscription = store().subscribe({ handle: seen.handle });
    const appended = Array.from({ length: 20 }, (_, index) => store().append('a', [newEvent(2 + index)]));
    await Promise.all(appended);
    await subscription.caughtUp();
    expect(seen.numbers).toEqual(Array.from({ length: 21 }, (_, index) => 1 + index));
    await subscription.stop();
  });

  it('hands out nothing after stop, and ends without an error', async () => {
    await store().append('a', [newEvent(1)]);
    const seen = new Recorder();
    const subscription = store().subscribe({ handle: seen.handle });
    await subscription.caughtUp();
    await subscription.stop();
    await store().append('a', [newEvent(2)]);
    await subscription.done;
    expect(seen.numbers).toEqual([1]);
    expect(await refusalOfAsync(() => subscription.caughtUp())).toBe('SUBSCRIPTION_STOPPED');
  });

  it('ends with the error of its handler, and hands out nothing further', async () => {
    await store().append('a', [newEvent(1), newEvent(2)]);
    const failure = new Error('the disk of the read model is full');
    let calls = 0;
    const subscription = store().subscribe({
      batchSize: 1,
      handle: async () => {
        calls++;
        throw failure;
      },
    });
    await expect(subscription.caughtUp()).rejects.toBe(failure);
    await expect(subscription.done).rejects.toBe(failure);
    await store().append('a', [newEvent(3)]);
    await expect(subscription.caughtUp()).rejects.toBe(failure);
    expect(calls).toBe(1);
  });

  it('skips what was tombstoned before the subscriber came to it', async () => {
    await store().append('a', [newEvent(1)]);
    await store().append('b', [newEvent(2)]);
    await store().tombstone('b');
    const seen = new Recorder();
    const subscription = store().subscribe({ handle: seen.handle });
    await subscription.caughtUp();
    expect(seen.numbers).toEqual([1]);
    await subscription.stop();
  });
}

/** Notes what a subscription hands over; `pause` in milliseconds makes it slow. */
class Recorder {
  readonly batches: (readonly RecordedEvent[])[] = [];
  readonly positions: bigint[] = [];
  overlapped = false;
  private busy = false;

  constructor(private readonly pause = 0) {}

  readonly handle = async (events: readonly RecordedEvent[], position: bigint): Promise<void> => {
    this.overlapped ||= this.busy;
    this.busy = true;
    this.batches.push(events);
    this.positions.push(position);
    if (this.pause > 0) await new Promise((resolve) => setTimeout(resolve, this.pause));
    this.busy = false;
  };

  get numbers(): unknown[] {
    return this.batches.flat().map(({ data }) => (data as { number: number }).number);
  }

  get position(): bigint | undefined {
    return this.positions.at(-1);
  }
}
