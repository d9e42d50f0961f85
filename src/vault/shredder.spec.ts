import { afterEach, describe, expect, it } from '@jest/globals';
import { keyNames } from '#libs/contracts';
import { fromBase64Url, toBase64Url, utf8 } from '#libs/essentials';
import {
  interactionEventId,
  sealingContext,
  streamNames,
  type EventStore,
  type Vault,
} from '#libs/messaging';
import { nodeSha256 } from '#platform/crypto';
import { collect, refusalOfAsync } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault, Shredder, type RemovedRecords } from './index.js';

const AT = '2026-01-02T03:04:05.678Z';
const LABELS = [1, 2, 3, 4, 5].map((number) => toBase64Url(nodeSha256(utf8(`label ${number}`))));
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0)) await resource.close();
});

interface Person {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly subject: string;
}

/** A person with five records in generation 0 and another person beside. */
async function person(): Promise<Person> {
  const store = new InMemoryEventStore({ now: () => AT });
  const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(1) });
  open.push(store, vault);
  const [{ subject }, other] = vault.enrolSubjects(['anna', 'bert']);
  for (const someone of [subject, other.subject]) {
    await store.append(streamNames.subject(someone), [
      { id: '00000000-0000-4000-8000-000000000001', type: 'SubjectEnrolled', data: { subject: someone } },
    ]);
    await record({ store, vault, subject: someone }, LABELS);
  }
  return { store, vault, subject };
}

async function record({ store, vault, subject }: Person, labels: readonly string[]): Promise<void> {
  const stream = streamNames.interactions(subject, 0);
  const events = labels.map((label) => {
    const id = interactionEventId(fromBase64Url(label), 0, nodeSha256);
    const context = sealingContext(stream, id, 'InteractionRecorded');
    return {
      id,
      type: 'InteractionRecorded',
      data: {
        label,
        sealed: vault.seal(keyNames.interactions(subject, 0), utf8(`content of ${label}`), context),
      },
    };
  });
  await store.append(stream, events);
}

/** What can be read of a person: per stream its state and its opened records; and the keys. The pseudonym is left out. */
async function stateOf({ store, vault, subject }: Person): Promise<unknown> {
  const streams = [];
  for (const generation of [0, 1, 2]) {
    const stream = streamNames.interactions(subject, generation);
    const state = await store.streamState(stream);
    const events = state === 'tombstoned' ? [] : await collect(store.readStream(stream));
    const records = events.map(({ id, type, data, metadata }) => {
      const { label, sealed } = data as { label: string; sealed: string };
      const plaintext = vault.open(
        keyNames.interactions(subject, generation),
        sealed,
        sealingContext(stream, id, type),
      );
      return { label, metadata, content: Buffer.from(plaintext).toString() };
    });
    streams.push({ generation, state, records });
  }
  const nameless = (names: readonly string[]) => names.map((name) => name.slice(subject.length));
  return {
    streams,
    profile: await store.streamState(streamNames.subject(subject)),
    live: nameless(vault.liveKeys(`${subject}/`)),
    destroyed: nameless(vault.destroyedKeys(`${subject}/`).map(({ name }) => name)),
    known: vault.findSubject('anna') === subject,
  };
}

class Interrupted extends Error {}

/** The same object, but its n-th call of one of the methods fails: before it does anything, or after it did everything. */
function interrupting<T extends object>(
  target: T,
  methods: readonly (keyof T)[],
  at: number,
  when: 'before' | 'after',
): T {
  let calls = 0;
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name) as unknown;
      if (typeof value !== 'function') return value;
      if (!methods.includes(name as keyof T)) return value.bind(object) as unknown;
      return async (...parameters: unknown[]) => {
        const isHit = ++calls === at;
        if (isHit && when === 'before') throw new Interrupted();
        const result = (await Reflect.apply(value, object, parameters)) as unknown;
        if (isHit) throw new Interrupted();
        return result;
      };
    },
  });
}

type Work = (shredder: Shredder, subject: string) => Promise<RemovedRecords>;

const withdraw: Work = async (shredder, subject) => {
  const removed = await shredder.removeRecords(subject, new Set([LABELS[1], LABELS[3]]));
  shredder.destroyKeys(shredder.keysOf(subject, removed), AT);
  return removed;
};
const erase: Work = async (shredder, subject) => {
  const removed = await shredder.removeSubject(subject);
  shredder.destroyKeys(shredder.keysOf(subject, removed), AT);
  return removed;
};

describe('the shredder', () => {
  it('carries the kept records into the next generation, content and first position unchanged, and destroys the rest', async () => {
    const someone = await person();
    const before = await collect(someone.store.readStream(streamNames.interactions(someone.subject, 0)));
    const removed = await withdraw(new Shredder(someone.store, someone.vault, nodeSha256), someone.subject);
    expect(removed).toEqual({
      kept: 3,
      generation: 1,
      tombstonedStreams: [streamNames.interactions(someone.subject, 0)],
    });
    const kept = [0, 2, 4].map((index) => ({
      label: LABELS[index],
      metadata: { carriedFrom: before[index].position.toString() },
      content: `content of ${LABELS[index]}`,
    }));
    expect(await stateOf(someone)).toEqual({
      streams: [
        { generation: 0, state: 'tombstoned', records: [] },
        { generation: 1, state: 'live', records: kept },
        { generation: 2, state: 'missing', records: [] },
      ],
      profile: 'live',
      live: ['/interactions~1', '/label', '/profile'],
      destroyed: ['/interactions~0'],
      known: true,
    });
  });

  it('touches nothing when none of the labels is there', async () => {
    const someone = await person();
    const before = await stateOf(someone);
    const removed = await new Shredder(someone.store, someone.vault, nodeSha256).removeRecords(
      someone.subject,
      new Set(['none']),
    );
    expect(removed).toEqual({ kept: 0, generation: 0, tombstonedStreams: [] });
    expect(await stateOf(someone)).toEqual(before);
  });

  it('leaves nothing of an erased person, and everything of the others', async () => {
    const someone = await person();
    const other = someone.vault.findSubject('bert')!;
    await erase(new Shredder(someone.store, someone.vault, nodeSha256), someone.subject);
    expect(await stateOf(someone)).toMatchObject({
      profile: 'tombstoned',
      live: [],
      destroyed: ['/interactions~0', '/label', '/profile'],
      known: false,
    });
    const rest = await collect(someone.store.readAll());
    expect(rest).toHaveLength(6);
    expect(rest.every(({ stream }) => stream.includes(other))).toBe(true);
  });

  it.each([
    ['a withdrawal', withdraw],
    ['an erasure', erase],
  ])('ends in the same state when %s is interrupted anywhere and repeated', async (_, work) => {
    const smooth = await person();
    const expected = {
      removed: await work(new Shredder(smooth.store, smooth.vault, nodeSha256), smooth.subject),
      state: await stateOf(smooth),
    };
    let interruptions = 0;
    for (const when of ['before', 'after'] as const)
      for (let at = 1; at <= 12; at++) {
        const someone = await person();
        const broken = interrupting(
          someone.store,
          ['append', 'appendBatch', 'tombstone', 'streamState'],
          at,
          when,
        );
        const outcome = await refusalOfAsync(() =>
          work(new Shredder(broken, someone.vault, nodeSha256), someone.subject),
        );
        if (outcome !== 'nothing was refused') interruptions++;
        const removed = await work(new Shredder(someone.store, someone.vault, nodeSha256), someone.subject);
        expect(await stateOf(someone)).toEqual(expected.state);
        expect(removed.kept).toBe(expected.removed.kept);
      }
    expect(interruptions).toBeGreaterThanOrEqual(4);
  });
});
