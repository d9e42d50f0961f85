import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore, EventStoreError, ReadAllOptions, ReadStreamOptions } from '#libs/messaging';
import { collect, newEvent, uuid } from './events.js';
import { refusalOfAsync } from './scenario.js';
import { describeSubscriptionContract } from './subscription-contract.js';

export interface ContractOptions {
  /** The store stamps events by a clock that no test can set. */
  readonly ownClock?: boolean;
}

/** Opens an empty store whose clock is `now`. */
export type OpenEventStore = (now: () => string) => EventStore | Promise<EventStore>;

export const CONTRACT_TIME = '2026-01-02T03:04:05.678Z';
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * What every event store must do; run it on each adapter.
 *
 * @example
 * describeEventStoreContract('in memory', (now) => new InMemoryEventStore({ now }));
 */
export function describeEventStoreContract(
  name: string,
  open: OpenEventStore,
  { ownClock = false }: ContractOptions = {},
): void {
  describe(`event store, ${name}`, () => {
    let store: EventStore;
    beforeEach(async () => {
      store = await open(() => CONTRACT_TIME);
    });
    afterEach(() => store.close());

    describeAppends(() => store, ownClock ? expect.stringMatching(ISO_TIME) : CONTRACT_TIME);
    describeBatches(() => store);
    describeReads(() => store);
    describeTombstones(() => store);
    describeSubscriptionContract(() => store);
    describeClosing(() => store);
  });
}

const numbersOf = async (
  store: EventStore,
  stream: string,
  options?: ReadStreamOptions,
): Promise<unknown[]> =>
  (await collect(store.readStream(stream, options))).map(({ data }) => (data as { number: number }).number);

const allNumbers = async (store: EventStore, options?: ReadAllOptions): Promise<unknown[]> =>
  (await collect(store.readAll(options))).map(({ data }) => (data as { number: number }).number);

function describeAppends(store: () => EventStore, recordedAt: unknown): void {
  it('gives every field of an event back, and sets revision, position and time itself', async () => {
    const data = { text: 'Zoë ☃ 𝄞 " \\ \n', list: [1, 2.5, -0.1, null, true], nested: { deep: [] } };
    const result = await store().append('a-1', [
      { id: uuid(1), type: 'Noted', data, metadata: { carriedFrom: '7', by: ['x'] } },
      { id: uuid(2), type: 'Other', data: 'bare text' },
    ]);
    const [first, second] = await collect(store().readStream('a-1'));
    expect(result).toEqual({ stream: 'a-1', revision: 1, position: second.position, appended: 2 });
    expect(first).toEqual({
      id: uuid(1),
      type: 'Noted',
      data,
      metadata: { carriedFrom: '7', by: ['x'] },
      stream: 'a-1',
      revision: 0,
      position: first.position,
      recordedAt,
    });
    expect(second).toEqual({
      id: uuid(2),
      type: 'Other',
      data: 'bare text',
      metadata: {},
      stream: 'a-1',
      revision: 1,
      position: second.position,
      recordedAt,
    });
    expect(typeof first.position).toBe('bigint');
    expect(second.position > first.position && first.position > 0n).toBe(true);
    expect(await collect(store().readAll())).toEqual([first, second]);
  });

  it.each([
    ['no-stream', 'missing', true],
    ['no-stream', 'live', false],
    ['stream-exists', 'missing', false],
    ['stream-exists', 'live', true],
    ['any', 'missing', true],
    ['any', 'live', true],
    [1, 'live', true],
    [0, 'live', false],
    [2, 'live', false],
    [0, 'missing', false],
    [-1, 'missing', false],
  ] as const)(
    'expecting %p of a stream that is %s: accepted = %p',
    async (expectedRevision, state, accepted) => {
      if (state === 'live') await store().append('s', [newEvent(1), newEvent(2)]);
      const outcome = await refusalOfAsync(() => store().append('s', [newEvent(3)], { expectedRevision }));
      expect(outcome).toBe(accepted ? 'nothing was refused' : 'WRONG_EXPECTED_REVISION');
      const before = state === 'live' ? [1, 2] : [];
      expect(await numbersOf(store(), 's')).toEqual(accepted ? [...before, 3] : before);
    },
  );

  it('stores a repeated append once, whatever revision it expects', async () => {
    const first = await store().append('s', [newEvent(1), newEvent(2)], { expectedRevision: 'no-stream' });
    await store().append('s', [newEvent(3)]);
    for (const expectedRevision of ['no-stream', 'any', 0, 77] as const) {
      const again = await store().append('s', [newEvent(1), newEvent(2)], { expectedRevision });
      expect(again).toEqual({ stream: 's', revision: 2, position: first.position, appended: 0 });
    }
    expect(await numbersOf(store(), 's')).toEqual([1, 2, 3]);
  });

  it('keeps the first writing when an id comes again with other data', async () => {
    await store().append('s', [newEvent(1)]);
    const again = await store().append('s', [newEvent(1, 'Noted', { number: 'changed' })]);
    expect(again.appended).toBe(0);
    expect(await numbersOf(store(), 's')).toEqual([1]);
  });

  it('refuses an id that comes again under another type', async () => {
    await store().append('s', [newEvent(1)]);
    expect(await refusalOfAsync(() => store().append('s', [newEvent(1, 'Other')]))).toBe('EVENT_ID_REUSED');
    expect(await refusalOfAsync(() => store().append('t', [newEvent(5), newEvent(5, 'Other')]))).toBe(
      'EVENT_ID_REUSED',
    );
    expect(await allNumbers(store())).toEqual([1]);
  });

  it('lets two streams use the same id', async () => {
    await store().append('s', [newEvent(1)]);
    expect((await store().append('t', [newEvent(1, 'Other')])).appended).toBe(1);
  });

  it('appends what is new of a mixture when any revision will do', async () => {
    await store().append('s', [newEvent(1), newEvent(2)]);
    const result = await store().append('s', [
      newEvent(2),
      newEvent(3),
      newEvent(1),
      newEvent(4),
      newEvent(4),
    ]);
    expect(result).toMatchObject({ revision: 3, appended: 2, position: await store().head() });
    expect(await numbersOf(store(), 's')).toEqual([1, 2, 3, 4]);
  });

  it('refuses a mixture, or a repetition in another order, when a revision is expected', async () => {
    await store().append('s', [newEvent(1), newEvent(2)]);
    for (const events of [
      [newEvent(2), newEvent(3)],
      [newEvent(2), newEvent(1)],
    ])
      expect(await refusalOfAsync(() => store().append('s', events, { expectedRevision: 1 }))).toBe(
        'WRONG_EXPECTED_REVISION',
      );
    expect(await numbersOf(store(), 's')).toEqual([1, 2]);
  });

  it('takes an empty append for what it is, and still checks the revision', async () => {
    await store().append('s', [newEvent(1)]);
    expect(await store().append('s', [])).toEqual({ stream: 's', revision: 0, position: 0n, appended: 0 });
    expect(await refusalOfAsync(() => store().append('s', [], { expectedRevision: 5 }))).toBe(
      'WRONG_EXPECTED_REVISION',
    );
    expect(await store().streamState('t')).toBe('missing');
  });

  it.each([
    ['a circle', circle],
    ['a bigint', () => ({ big: 1n })],
    ['nothing', () => undefined],
    ['a function', () => () => 1],
  ])('refuses data that is no JSON: %s', async (_, data) => {
    const events = [newEvent(1), { ...newEvent(2), data: data() }];
    expect(await refusalOfAsync(() => store().append('s', events))).toBe('EVENT_NOT_JSON');
    expect(await store().streamState('s')).toBe('missing');
  });

  it.each(['', 'one', uuid(10).toUpperCase(), `${uuid(1)}0`])('refuses the id %p', async (id) => {
    const event = { ...newEvent(1), id };
    expect(await refusalOfAsync(() => store().append('s', [event]))).toBe('EVENT_ID_MALFORMED');
  });
}

function describeBatches(store: () => EventStore): void {
  it('appends to many streams in one batch, in order', async () => {
    const results = await store().appendBatch([
      { stream: 'a', events: [newEvent(1)] },
      { stream: 'b', events: [newEvent(2), newEvent(3)], expectedRevision: 'no-stream' },
      { stream: 'a', events: [newEvent(4)], expectedRevision: 0 },
    ]);
    expect(results.map(({ stream, revision, appended }) => [stream, revision, appended])).toEqual([
      ['a', 0, 1],
      ['b', 1, 2],
      ['a', 1, 1],
    ]);
    expect(results.at(-1)?.position).toBe(await store().head());
    expect(await allNumbers(store())).toEqual([1, 2, 3, 4]);
  });

  it('keeps apart what is appended at the same time: one that is refused costs the others nothing', async () => {
    await store().append('first', [newEvent(1)]);
    const answers = await Promise.allSettled([
      store().append('a', [newEvent(2), newEvent(3)]),
      store().append('first', [newEvent(4)], { expectedRevision: 'no-stream' }),
      store().appendBatch([
        { stream: 'b', events: [newEvent(5)] },
        { stream: 'first', events: [newEvent(6)], expectedRevision: 7 },
      ]),
      store().append('first', [newEvent(7)], { expectedRevision: 0 }),
    ]);
    expect(
      answers.map((answer) =>
        answer.status === 'fulfilled' ? 'kept' : (answer.reason as EventStoreError).code,
      ),
    ).toEqual(['kept', 'WRONG_EXPECTED_REVISION', 'WRONG_EXPECTED_REVISION', 'kept']);
    expect((await allNumbers(store())).sort()).toEqual([1, 2, 3, 7]);
    expect(await store().streamState('b')).toBe('missing');
    expect(await numbersOf(store(), 'first')).toEqual([1, 7]);
  });

  it('writes nothing of a batch when one append is refused, and goes on afterwards', async () => {
    await store().append('a', [newEvent(1)]);
    const head = await store().head();
    const refused = store().appendBatch([
      { stream: 'new', events: [newEvent(2, 'NeverSeen')] },
      { stream: 'a', events: [newEvent(3)] },
      { stream: 'a', events: [newEvent(4)], expectedRevision: 'no-stream' },
    ]);
    expect(await refusalOfAsync(() => refused)).toBe('WRONG_EXPECTED_REVISION');
    expect(await allNumbers(store())).toEqual([1]);
    expect(await store().head()).toBe(head);
    expect(await store().streamState('new')).toBe('missing');
    expect(await store().append('new', [newEvent(2, 'NeverSeen')])).toMatchObject({
      revision: 0,
      appended: 1,
    });
    expect(await store().append('a', [newEvent(3)])).toMatchObject({ revision: 1 });
  });

  it('says whether its positions may be calculated with', async () => {
    const { position: first } = await store().append('a', [newEvent(1)]);
    const { position: second } = await store().append('b', [newEvent(2)]);
    expect(['dense', 'sparse']).toContain(store().positions);
    if (store().positions === 'dense') expect(second).toBe(first + 1n);
  });

  it('has a head of 0 when empty, and moves it with every event', async () => {
    expect(await store().head()).toBe(0n);
    const { position } = await store().append('a', [newEvent(1)]);
    expect(await store().head()).toBe(position);
  });
}

function describeReads(store: () => EventStore): void {
  const five = [1, 2, 3, 4, 5];
  it.each<[string, ReadStreamOptions, number[]]>([
    ['forwards', {}, five],
    ['backwards', { direction: 'backwards' }, [5, 4, 3, 2, 1]],
    ['forwards from a revision', { fromRevision: 2 }, [3, 4, 5]],
    ['backwards from a revision', { direction: 'backwards', fromRevision: 2 }, [3, 2, 1]],
    ['the first two', { maxCount: 2 }, [1, 2]],
    ['the last two', { direction: 'backwards', maxCount: 2 }, [5, 4]],
    ['two from the middle', { fromRevision: 1, maxCount: 2 }, [2, 3]],
    ['none', { maxCount: 0 }, []],
    ['from beyond the end', { fromRevision: 5 }, []],
  ])('reads a stream %s', async (_, options, expected) => {
    await store().append('other', [newEvent(90)]);
    await store().append(
      's',
      five.map((number) => newEvent(number)),
    );
    expect(await numbersOf(store(), 's', options)).toEqual(expected);
  });

  it('reads a stream that does not exist as empty', async () => {
    expect(await numbersOf(store(), 'nobody')).toEqual([]);
    expect(await store().streamState('nobody')).toBe('missing');
  });

  it('reads long streams and long logs to their ends', async () => {
    const numbers = Array.from({ length: 2_345 }, (_, index) => index);
    await store().append(
      'long',
      numbers.map((number) => newEvent(number)),
    );
    expect(await numbersOf(store(), 'long')).toEqual(numbers);
    expect(await numbersOf(store(), 'long', { direction: 'backwards' })).toEqual([...numbers].reverse());
    expect(await allNumbers(store())).toEqual(numbers);
    expect(await allNumbers(store(), { direction: 'backwards', maxCount: 1_500 })).toEqual(
      [...numbers].reverse().slice(0, 1_500),
    );
  });

  it.each<[string, (positions: bigint[]) => ReadAllOptions, number[]]>([
    ['everything in order of position', () => ({}), [1, 2, 3, 4, 5]],
    ['backwards', () => ({ direction: 'backwards' }), [5, 4, 3, 2, 1]],
    ['after a position', (at) => ({ from: at[1] }), [3, 4, 5]],
    ['before a position', (at) => ({ from: at[3], direction: 'backwards' }), [3, 2, 1]],
    ['at most two', () => ({ maxCount: 2 }), [1, 2]],
    ['by type', () => ({ filter: { types: ['Noted'] } }), [1, 3, 5]],
    ['by several types', () => ({ filter: { types: ['Noted', 'Other', 'Unheard'] } }), [1, 2, 3, 4, 5]],
    ['by a type nobody wrote', () => ({ filter: { types: ['Unheard'] } }), []],
    ['by no type at all', () => ({ filter: { types: [] } }), []],
    ['by stream prefix', () => ({ filter: { streamPrefixes: ['a-'] } }), [1, 4]],
    ['by several prefixes', () => ({ filter: { streamPrefixes: ['a-', 'ab'] } }), [1, 3, 4]],
    ['by a prefix with a wildcard in it', () => ({ filter: { streamPrefixes: ['a_', 'a%', 'A-'] } }), []],
    ['by type and prefix', () => ({ filter: { types: ['Noted'], streamPrefixes: ['a-'] } }), [1]],
    ['up to a position', (at) => ({ upTo: at[1] }), [1, 2]],
    ['between two positions', (at) => ({ from: at[0], upTo: at[3] }), [2, 3, 4]],
    ['backwards from a position on', (at) => ({ direction: 'backwards', upTo: at[2] }), [3, 2, 1]],
    ['up to a position beyond the head', (at) => ({ from: at[3], upTo: at[4] + 100n }), [5]],
    ['up to where it begins', (at) => ({ from: at[2], upTo: at[2] }), []],
    ['filtered, from and counted', (at) => ({ from: at[0], filter: { types: ['Noted'] }, maxCount: 1 }), [3]],
    [
      'filtered backwards',
      () => ({ direction: 'backwards', filter: { types: ['Noted'] }, maxCount: 2 }),
      [5, 3],
    ],
  ])('reads all: %s', async (_, options, expected) => {
    await store().append('a-1', [newEvent(1)]);
    await store().append('b-1', [newEvent(2, 'Other')]);
    await store().append('ab', [newEvent(3)]);
    await store().append('a-2', [newEvent(4, 'Other')]);
    await store().append('b-1', [newEvent(5)]);
    const positions = (await collect(store().readAll())).map(({ position }) => position);
    expect(await allNumbers(store(), options(positions))).toEqual(expected);
  });
}

function describeTombstones(store: () => EventStore): void {
  it('deletes a stream for good and leaves the others', async () => {
    await store().append('s', [newEvent(1), newEvent(2)]);
    await store().append('t', [newEvent(3)]);
    await store().tombstone('s');
    expect(await store().streamState('s')).toBe('tombstoned');
    expect(await store().streamState('t')).toBe('live');
    expect(await allNumbers(store())).toEqual([3]);
    expect(await refusalOfAsync(() => numbersOf(store(), 's'))).toBe('STREAM_TOMBSTONED');
    for (const events of [[newEvent(9)], [newEvent(1), newEvent(2)], []])
      expect(await refusalOfAsync(() => store().append('s', events))).toBe('STREAM_TOMBSTONED');
  });

  it('tombstones once, however often it is asked', async () => {
    await store().append('s', [newEvent(1)]);
    await store().tombstone('s', { expectedRevision: 0 });
    await store().tombstone('s', { expectedRevision: 0 });
    expect(await store().streamState('s')).toBe('tombstoned');
  });

  it('closes a stream before it begins', async () => {
    await store().tombstone('s');
    expect(await store().streamState('s')).toBe('tombstoned');
    expect(await refusalOfAsync(() => store().append('s', [newEvent(1)]))).toBe('STREAM_TOMBSTONED');
  });

  it('does not tombstone a stream that has moved on', async () => {
    await store().append('s', [newEvent(1), newEvent(2)]);
    expect(await refusalOfAsync(() => store().tombstone('s', { expectedRevision: 0 }))).toBe(
      'WRONG_EXPECTED_REVISION',
    );
    expect(await numbersOf(store(), 's')).toEqual([1, 2]);
  });

  it('never gives a position twice, also when the last event was deleted', async () => {
    const { position } = await store().append('s', [newEvent(1)]);
    await store().tombstone('s');
    expect(await store().head()).toBe(position);
    expect((await store().append('t', [newEvent(2)])).position > position).toBe(true);
  });
}

function describeClosing(store: () => EventStore): void {
  it('refuses everything once it is closed, and may be closed again', async () => {
    await store().append('s', [newEvent(1)]);
    const subscription = store().subscribe({ handle: async () => undefined });
    await store().close();
    await subscription.done;
    const attempts: (() => Promise<unknown>)[] = [
      () => store().append('s', [newEvent(2)]),
      () => store().appendBatch([]),
      () => collect(store().readStream('s')),
      () => collect(store().readAll()),
      () => store().tombstone('s'),
      () => store().streamState('s'),
      () => store().head(),
    ];
    for (const attempt of attempts) expect(await refusalOfAsync(attempt)).toBe('STORE_CLOSED');
  });
}

function circle(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}
