import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventsBetween } from './event-distance.js';
import { interactionEventId, namedEventId } from './event-ids.js';
import type { RecordedEvent } from './event-store.js';
import { sealingContext } from './sealing.js';
import { generationOfStream, streamNames, subjectOfStream } from './stream-names.js';
import { upcast } from './upcasters.js';

const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('the distance of two positions', () => {
  it('is a number of events where positions are dense, and about one where they count bytes', () => {
    expect(eventsBetween({ positions: 'dense' }, 7n, 10n)).toBe(3);
    expect(eventsBetween({ positions: 'sparse' }, 1_000n, 1_000n)).toBe(0);
    expect(eventsBetween({ positions: 'sparse' }, 1_000n, 1_001n)).toBe(1);
    expect(eventsBetween({ positions: 'sparse' }, 0n, 40_000n)).toBe(100);
  });
});

describe('event ids', () => {
  it('are UUIDs of version 8 that follow from what the event records', () => {
    expect(namedEventId('RequestAccepted', 'r1')).toMatch(UUID_V8);
    expect(namedEventId('RequestAccepted', 'r1')).toBe(namedEventId('RequestAccepted', 'r1'));
  });

  it('differ when a part moves from one place to the next', () => {
    expect(namedEventId('ab', 'c')).not.toBe(namedEventId('a', 'bc'));
    expect(namedEventId('a', 'b')).not.toBe(namedEventId('b', 'a'));
  });

  it('of interactions differ by label and by generation, whatever hashes them', () => {
    const label = new Uint8Array(32).fill(3);
    const native = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
    expect(interactionEventId(label, 0)).toMatch(UUID_V8);
    expect(interactionEventId(label, 0, native)).toBe(interactionEventId(label, 0));
    expect(interactionEventId(label, 1)).not.toBe(interactionEventId(label, 0));
    expect(interactionEventId(new Uint8Array(32), 0)).not.toBe(interactionEventId(label, 0));
  });
});

describe('streams', () => {
  it('say whose they are and of which generation', () => {
    expect(subjectOfStream(streamNames.interactions('c0ffee', 12))).toBe('c0ffee');
    expect(generationOfStream(streamNames.interactions('c0ffee', 12))).toBe(12);
    expect(subjectOfStream(streamNames.subject('c0ffee'))).toBe('c0ffee');
  });

  it('begin with the prefix by which they are filtered', () => {
    expect(streamNames.request('r1').startsWith(streamNames.prefixes.request)).toBe(true);
    expect(streamNames.rebuild('main-v2').startsWith(streamNames.prefixes.request)).toBe(false);
  });
});

describe('the context of a sealed payload', () => {
  it('changes with stream, event and type', () => {
    const contexts = [
      ['s', 'e', 't'],
      ['s2', 'e', 't'],
      ['s', 'e2', 't'],
      ['s', 'e', 't2'],
      ['s","e', '', 't'],
    ].map(([stream, id, type]) => new TextDecoder().decode(sealingContext(stream, id, type)));
    expect(new Set(contexts).size).toBe(contexts.length);
  });
});

describe('upcasters', () => {
  const event = (type: string, data: object): RecordedEvent => ({
    id: '00000000-0000-8000-8000-000000000000',
    type,
    data,
    metadata: {},
    stream: 'catalogue-1',
    revision: 0,
    position: 1n,
    recordedAt: '2026-01-01T00:00:00.000Z',
  });
  const upcasters = {
    ItemCataloguedV1: (old: RecordedEvent) => ({
      ...old,
      type: 'ItemCataloguedV2',
      data: { ...(old.data as object), title: '' },
    }),
    ItemCataloguedV2: (old: RecordedEvent) => ({
      ...old,
      type: 'ItemCatalogued',
      data: { ...(old.data as object), categories: [] },
    }),
  };

  it('lead an old shape step by step to the present one', () => {
    expect(upcast(event('ItemCataloguedV1', { item: '1' }), upcasters)).toMatchObject({
      type: 'ItemCatalogued',
      data: { item: '1', title: '', categories: [] },
      position: 1n,
    });
  });

  it('leave a present shape as it is', () => {
    const present = event('ItemCatalogued', { item: '1' });
    expect(upcast(present, upcasters)).toBe(present);
  });
});
