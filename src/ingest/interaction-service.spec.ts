import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  coarseLabel,
  keyNames,
  type InteractionEvent,
  type RequestEvent,
  type SealedInteraction,
} from '#libs/contracts';
import { toBase64Url } from '#libs/essentials';
import { EventStoreError, sealingContext, streamNames, type EventStore } from '#libs/messaging';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import type { InteractionEntry } from './interaction.js';
import {
  consentOf,
  edge,
  eventsOf,
  features,
  NOW,
  openFixture,
  rating,
  stated,
  thrownBy,
  withFilmsAndAna,
  type Fixture,
} from './spec-fixture.js';
import { InteractionService } from './interaction-service.js';

const openVault = () => FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
let fixture: Fixture;
let ana: string;
const record = (...entries: InteractionEntry[]) => fixture.interactions.record(entries);
const recorded = () => eventsOf(fixture.store, 'InteractionRecorded');
const statuses = async (...entries: InteractionEntry[]) =>
  (await record(...entries)).map((result) => (result.status === 'rejected' ? result.code : result.status));

async function append(...events: RequestEvent[]) {
  const stored = events.map((event) => ({ id: edge.newId(), ...event }));
  await fixture.store.append(streamNames.request('r-1'), stored);
  await fixture.state.caughtUp();
}
const quarantine = (kind: 'withdrawal' | 'erasure', labels: string[]) =>
  append({ type: 'RecordsQuarantined', data: { requestId: 'r-1', subject: ana, kind, labels } });

/** Withdraws what was recorded, as the process manager does before anything is destroyed. */
async function withdraw(acceptedAt: string, ...entries: InteractionEntry[]) {
  const labels = (await record(...entries)).map((result) => (result as { label: string }).label);
  const labelKey = fixture.vault.key(keyNames.label(ana));
  const coarseLabels = entries.map((entry) => toBase64Url(coarseLabel(labelKey, entry)));
  const request = { requestId: 'r-1', labels };
  await append(
    { type: 'RequestAccepted', data: { ...request, coarseLabels, acceptedAt, dueAt: acceptedAt } },
    { type: 'RecordsQuarantined', data: { ...request, subject: ana, kind: 'withdrawal' } },
  );
}

/** What the rewriting of a withdrawal does: a key for the next generation, then the old stream and key go. */
async function moveToNextGeneration() {
  fixture.vault.ensureKey(keyNames.interactions(ana, 1));
  await fixture.store.tombstone(streamNames.interactions(ana, 0));
  fixture.vault.destroyKeys([keyNames.interactions(ana, 0)], '2026-01-31T08:00:00Z');
}

beforeEach(async () => {
  fixture = await openFixture(new InMemoryEventStore(), openVault(), {
    rules: { minValue: 0.5, maxValue: 5 },
  });
  ana = await withFilmsAndAna(fixture);
});

describe('recording interactions', () => {
  it('seals the interaction under the person’s key, bound to its event', async () => {
    const [result] = await record(rating());
    const [event] = await recorded();
    const { label, sealed } = event.data as InteractionEvent['data'];
    const context = sealingContext(event.stream, event.id, 'InteractionRecorded');
    const payload = fixture.vault.open(keyNames.interactions(ana, 0), sealed, context);
    const { o: opening, ...plain } = JSON.parse(Buffer.from(payload).toString()) as SealedInteraction;
    expect(event.stream).toBe(streamNames.interactions(ana, 0));
    expect(result).toEqual({ status: 'recorded', label });
    expect(plain).toEqual({ i: '1', t: 'rating', s: 978_300_019, v: 5, p: 'recommendations' });
    expect(Buffer.from(opening, 'base64url')).toHaveLength(16);
  });

  it('stores nothing that names the person, the item or the value in the clear', async () => {
    await record(rating());
    const stored = JSON.stringify(
      (await recorded()).map(({ stream, data, metadata }) => ({ stream, data, metadata })),
    );
    expect(stored).not.toMatch(/"ana"|978300019|rating|recommendations/);
  });

  it('gives two records different openings', async () => {
    await record(rating(), rating({ item: '2' }));
    const openings = (await recorded()).map((event) => {
      const { sealed } = event.data as InteractionEvent['data'];
      const context = sealingContext(event.stream, event.id, 'InteractionRecorded');
      const payload = fixture.vault.open(keyNames.interactions(ana, 0), sealed, context);
      return (JSON.parse(Buffer.from(payload).toString()) as SealedInteraction).o;
    });
    expect(new Set(openings).size).toBe(2);
  });

  it('never stores the same interaction twice, within a batch or across batches', async () => {
    expect(await statuses(rating(), rating())).toEqual(['recorded', 'duplicate']);
    expect(await statuses(rating())).toEqual(['duplicate']);
    expect(await recorded()).toHaveLength(1);
  });

  it('says of each entry of a mixed batch whether it was new', async () => {
    await record(rating({ time: 978_300_001 }), rating({ time: 978_300_003 }));
    const times = [1, 2, 3, 4].map((second) => rating({ time: 978_300_000 + second }));
    expect(await statuses(...times)).toEqual(['duplicate', 'recorded', 'duplicate', 'recorded']);
  });

  it('knows an interaction again after its stream was re-written into the next generation', async () => {
    const [first] = await record(rating());
    await moveToNextGeneration();
    expect(await statuses(rating())).toEqual(['recorded']); // not carried over by this spec's rewriting
    expect(await record(rating())).toEqual([{ ...first, status: 'duplicate' }]);
    expect((await recorded()).map(({ stream }) => stream)).toEqual([streamNames.interactions(ana, 1)]);
  });
});

describe('what people state of themselves', () => {
  beforeEach(async () => {
    await fixture.catalogue.catalogue(features);
    await fixture.consents.grant(consentOf('ana', 'personalisation'));
  });

  it('is sealed like what they do, so that nobody can tell the two apart, and recorded once', async () => {
    expect(await statuses(stated(), stated(), rating())).toEqual(['recorded', 'duplicate', 'recorded']);
    const [one, other] = await recorded();
    expect([one.stream, one.type, Object.keys(one.data as object)]).toEqual([
      other.stream,
      other.type,
      Object.keys(other.data as object),
    ]);
    expect(JSON.stringify([one.data, one.metadata])).not.toMatch(/age|profile|personalisation/);
  });

  it.each<[string, Partial<InteractionEntry>, string, string]>([
    ['that the catalogue does not have', { item: 'age=26' }, 'FEATURE_UNKNOWN', 'feature'],
    ['that is an item', { item: '1' }, 'FEATURE_UNKNOWN', 'feature'],
    ['without a name', { item: '' }, 'FIELD_MISSING', 'feature'],
    ['of 256 bytes', { item: 'é'.repeat(128) }, 'FIELD_TOO_LONG', 'feature'],
    ['that is not a number', { value: NaN }, 'VALUE_MALFORMED', 'value'],
    ['without end', { value: Infinity }, 'VALUE_OUT_OF_RANGE', 'value'],
    ['twice over', { value: 2 }, 'VALUE_OUT_OF_RANGE', 'value'],
    ['without consent', { purpose: 'advertising' }, 'CONSENT_MISSING', 'purpose'],
    ['of a person nobody knows', { subject: 'stranger' }, 'SUBJECT_UNKNOWN', 'subject'],
  ])('is refused %s, and not its neighbour', async (_, change, code, field) => {
    const [refused, neighbour] = await record(stated(change), stated({ item: 'gender=F' }));
    expect(refused).toEqual({ status: 'rejected', code, field });
    expect(neighbour.status).toBe('recorded');
  });

  it('is not taken as something that they did', async () => {
    expect(await record(rating({ item: 'age=25' }))).toEqual([
      { status: 'rejected', code: 'ITEM_IS_FEATURE', field: 'item' },
    ]);
  });

  it('is refused once the feature has left the catalogue, or was withdrawn before', async () => {
    await withdraw('2026-01-31T08:00:00Z', stated({ item: 'gender=F' }));
    expect(await statuses(stated({ item: 'gender=F' }))).toEqual(['RECORD_ERASED']);
    await fixture.catalogue.withdraw('age=25');
    expect(await record(stated())).toEqual([
      { status: 'rejected', code: 'ITEM_WITHDRAWN', field: 'feature' },
    ]);
  });
});

describe('what is refused', () => {
  it.each<[string, Partial<InteractionEntry>, string, string]>([
    ['no person', { subject: '' }, 'FIELD_MISSING', 'subject'],
    ['no item', { item: '' }, 'FIELD_MISSING', 'item'],
    ['no type', { type: '' }, 'FIELD_MISSING', 'type'],
    ['no purpose', { purpose: '' }, 'FIELD_MISSING', 'purpose'],
    ['a type of 256 bytes', { type: 'é'.repeat(128) }, 'FIELD_TOO_LONG', 'type'],
    ['half a second', { time: 978_300_019.5 }, 'TIME_MALFORMED', 'time'],
    ['a time before 1990', { time: Date.UTC(1989, 11, 31) / 1000 }, 'TIME_ABSURD', 'time'],
    ['a time 6 minutes ahead', { time: NOW / 1000 + 360 }, 'TIME_IN_FUTURE', 'time'],
    ['a value that is no number', { value: NaN }, 'VALUE_MALFORMED', 'value'],
    ['a value above the range', { value: 5.5 }, 'VALUE_OUT_OF_RANGE', 'value'],
    ['a value below the range', { value: 0 }, 'VALUE_OUT_OF_RANGE', 'value'],
    ['an infinite value', { value: Infinity }, 'VALUE_OUT_OF_RANGE', 'value'],
    ['an item that is not in the catalogue', { item: '99' }, 'ITEM_UNKNOWN', 'item'],
    ['a person nobody knows', { subject: 'stranger' }, 'SUBJECT_UNKNOWN', 'subject'],
    ['a purpose without consent', { purpose: 'advertising' }, 'CONSENT_MISSING', 'purpose'],
  ])('an entry with %s, and not its neighbour', async (_, change, code, field) => {
    const [refused, neighbour] = await record(rating(change), rating({ item: '2' }));
    expect(refused).toEqual({ status: 'rejected', code, field });
    expect(neighbour.status).toBe('recorded');
  });

  it('takes a type of 255 bytes and a clock that is 4 minutes ahead', async () => {
    const edgeCases = [rating({ type: 'é'.repeat(127) + 'e' }), rating({ time: NOW / 1000 + 240 })];
    expect(await statuses(...edgeCases)).toEqual(['recorded', 'recorded']);
  });

  it('an interaction with an item that was withdrawn, until it returns', async () => {
    await fixture.catalogue.withdraw('1');
    expect(await statuses(rating())).toEqual(['ITEM_WITHDRAWN']);
    await fixture.catalogue.catalogue([{ item: '1', title: 'Toy Story (1995)', categories: [] }]);
    expect(await statuses(rating())).toEqual(['recorded']);
  });

  it('an interaction after consent was withdrawn, until it is given again', async () => {
    await fixture.consents.withdraw(consentOf('ana'));
    expect(await statuses(rating())).toEqual(['CONSENT_MISSING']);
    await fixture.consents.grant(consentOf('ana'));
    expect(await statuses(rating())).toEqual(['recorded']);
  });

  it('a record that its person has withdrawn, also in the next generation', async () => {
    const [result] = await record(rating());
    await quarantine('withdrawal', [(result as { label: string }).label]);
    expect(await statuses(rating(), rating({ item: '2' }))).toEqual(['RECORD_ERASED', 'recorded']);
    await moveToNextGeneration();
    expect(await statuses(rating())).toEqual(['RECORD_ERASED']);
  });

  it('anything of a person who has asked for erasure', async () => {
    await quarantine('erasure', []);
    expect(await statuses(rating())).toEqual(['SUBJECT_UNDER_ERASURE']);
  });

  it('anything of a person whose keys are gone', async () => {
    fixture.vault.destroyKeys(fixture.vault.liveKeys(`${ana}/`), '2026-01-31T08:00:00Z');
    expect(await statuses(rating())).toEqual(['SUBJECT_UNDER_ERASURE']);
  });

  it('the whole batch, when asked for all or nothing', async () => {
    const results = await fixture.interactions.record([rating(), rating({ item: '99' })], {
      allOrNothing: true,
    });
    expect(results.map(({ status }) => status)).toEqual(['withheld', 'rejected']);
    expect(await recorded()).toEqual([]);
  });
});

describe('a record that was withdrawn and comes back', () => {
  const noon = Date.UTC(2026, 0, 30, 12) / 1000;
  const midnight = Date.UTC(2026, 0, 30) / 1000;
  const acceptedAt = '2026-01-30T20:00:00.000Z';
  const withdrawn = rating({ time: noon });

  beforeEach(async () => {
    await fixture.catalogue.catalogue([{ item: 'Tt-1', title: 'Toy Story', categories: [] }]);
  });

  it('is refused, and so is it a second earlier or later, at another hour of the day, with another value', async () => {
    await withdraw(acceptedAt, withdrawn);
    const shifted = [-1, 1, -3600, 7200].map((seconds) => rating({ time: noon + seconds }));
    expect(await statuses(withdrawn, rating({ time: noon, value: 1 }))).toEqual([
      'RECORD_ERASED',
      'RECORD_ERASED',
    ]);
    expect(new Set(await statuses(...shifted))).toEqual(new Set(['RECORD_RESEMBLES_ERASED']));
  });

  it('is refused a second across midnight, but not a day later', async () => {
    await withdraw(acceptedAt, rating({ time: midnight }));
    const [before, dayAfter] = [rating({ time: midnight - 1 }), rating({ time: midnight - 86_400 })];
    expect(await statuses(before, dayAfter)).toEqual(['RECORD_RESEMBLES_ERASED', 'recorded']);
  });

  it('is refused under an item or a type in other case, where the catalogue holds such an item', async () => {
    await withdraw(acceptedAt, rating({ item: 'Tt-1', time: noon }));
    expect(await statuses(rating({ item: 'tt-1', time: noon }))).toEqual(['ITEM_UNKNOWN']);
    await fixture.catalogue.catalogue([{ item: 'tt-1', title: 'Toy Story', categories: [] }]);
    const spelt = [
      rating({ item: 'tt-1', time: noon }),
      rating({ item: 'Tt-1', type: 'RATING', time: noon }),
    ];
    expect(await statuses(...spelt)).toEqual(['RECORD_RESEMBLES_ERASED', 'RECORD_RESEMBLES_ERASED']);
  });

  it('is another record when it happened after the deletion, or is of another item, type or person', async () => {
    await withdraw(acceptedAt, withdrawn);
    await fixture.consents.grant(consentOf('ben'));
    const others = [
      rating({ time: Date.parse(acceptedAt) / 1000 + 1 }),
      rating({ time: noon + 1, item: '2' }),
      rating({ time: noon + 1, type: 'play' }),
      rating({ time: noon + 1, subject: 'ben' }),
    ];
    expect(new Set(await statuses(...others))).toEqual(new Set(['recorded']));
  });

  it('does not make a neighbour of the same day that was kept look deleted, in whichever generation it lies', async () => {
    const kept = rating({ time: noon + 60 });
    await record(kept);
    await withdraw(acceptedAt, withdrawn);
    expect(await statuses(kept, rating({ time: noon + 61 }))).toEqual([
      'duplicate',
      'RECORD_RESEMBLES_ERASED',
    ]);
    fixture.vault.ensureKey(keyNames.interactions(ana, 1));
    expect(await statuses(kept)).toEqual(['duplicate']);
  });

  it('is refused after a restart as before it', async () => {
    await withdraw(acceptedAt, withdrawn);
    const { interactions } = await openFixture(fixture.store, fixture.vault);
    expect(await interactions.record([withdrawn, rating({ time: noon + 1 })])).toMatchObject([
      { code: 'RECORD_ERASED' },
      { code: 'RECORD_RESEMBLES_ERASED' },
    ]);
  });

  it('holds up nobody, also where all or nothing was asked for', async () => {
    await withdraw(acceptedAt, withdrawn);
    const batch = [withdrawn, rating({ time: noon + 1 }), rating({ item: '2' })];
    const results = await fixture.interactions.record(batch, { allOrNothing: true });
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'recorded']);
  });
});

describe('when streams move while a batch is under way', () => {
  /** A store under which something happens between the plan and the append. */
  const serviceOver = (before: () => Promise<void>) => {
    const store: Pick<EventStore, 'appendBatch' | 'readStream'> = {
      appendBatch: async (appends) => {
        await before();
        return fixture.store.appendBatch(appends);
      },
      readStream: (stream, options) => fixture.store.readStream(stream, options),
    };
    return new InteractionService(store, fixture.vault, fixture.state, edge);
  };

  it('records into the next generation what was planned for the one before', async () => {
    await record(rating({ item: '2' }));
    let moved = false;
    const service = serviceOver(async () => {
      if (!moved) await moveToNextGeneration();
      moved = true;
    });
    expect((await service.record([rating()])).map(({ status }) => status)).toEqual(['recorded']);
    expect((await recorded()).map(({ stream }) => stream)).toEqual([streamNames.interactions(ana, 1)]);
  });

  it('fences a record that races with an erasure', async () => {
    const service = serviceOver(async () => {
      await quarantine('erasure', []);
      await fixture.store.tombstone(streamNames.interactions(ana, 0));
    });
    expect(await service.record([rating()])).toEqual([
      { status: 'rejected', code: 'SUBJECT_UNDER_ERASURE', field: 'subject' },
    ]);
    expect(await recorded()).toEqual([]);
  });

  it('gives up, with nothing recorded, when the stream stays tombstoned', async () => {
    await fixture.store.tombstone(streamNames.interactions(ana, 0));
    expect(await thrownBy(() => record(rating()))).toMatchObject({ code: 'STREAMS_KEEP_MOVING' });
  });

  it('passes on what the store says when it is full', async () => {
    const service = serviceOver(() => Promise.reject(new EventStoreError('STORE_FULL', 'no space left')));
    expect(await thrownBy(() => service.record([rating()]))).toMatchObject({ code: 'STORE_FULL' });
  });
});
