import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { eventsOf, features, films, openFixture, thrownBy, type Fixture } from './spec-fixture.js';

let fixture: Fixture;
const catalogued = async () => (await eventsOf(fixture.store, 'ItemCatalogued')).map(({ data }) => data);

beforeEach(async () => {
  const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
  fixture = await openFixture(new InMemoryEventStore(), vault);
});

describe('the catalogue', () => {
  it('records each item on a stream of its own', async () => {
    expect(await fixture.catalogue.catalogue(films)).toEqual({ catalogued: 2, unchanged: 0 });
    const events = await eventsOf(fixture.store, 'ItemCatalogued');
    expect(events.map(({ stream, data }) => [stream, data])).toEqual([
      ['catalogue-1', films[0]],
      ['catalogue-2', films[1]],
    ]);
  });

  it.each([
    ['a new title', { title: 'Toy Story' }],
    ['other categories', { categories: ['Comedy'] }],
    ['categories in another order', { categories: ['Comedy', 'Animation'] }],
  ])('records an item again with %s, and otherwise not', async (_, change) => {
    await fixture.catalogue.catalogue(films);
    const changed = { ...films[0], ...change };
    expect(await fixture.catalogue.catalogue([changed, films[1]])).toEqual({ catalogued: 1, unchanged: 1 });
    expect((await catalogued()).at(-1)).toEqual(changed);
  });

  it('takes the last of an item that stands twice', async () => {
    const last = { ...films[0], title: 'Toy Story' };
    await fixture.catalogue.catalogue([films[0], last]);
    expect(await catalogued()).toEqual([last]);
  });

  it('lets a withdrawn item return', async () => {
    await fixture.catalogue.catalogue(films);
    expect([await fixture.catalogue.withdraw('1'), await fixture.catalogue.withdraw('1')]).toEqual([
      true,
      false,
    ]);
    expect(await fixture.catalogue.catalogue(films)).toEqual({ catalogued: 1, unchanged: 1 });
    expect(fixture.state.item('1')).toBe('active');
  });

  it('takes features beside items, and lets neither become the other', async () => {
    expect(await fixture.catalogue.catalogue([...films, ...features])).toEqual({
      catalogued: 4,
      unchanged: 0,
    });
    expect((await catalogued()).slice(2)).toEqual(features);
    expect(await fixture.catalogue.catalogue(features)).toEqual({ catalogued: 0, unchanged: 2 });
    expect([fixture.state.item('age=25'), fixture.state.item('age=25', 'feature')]).toEqual([
      'of-another-kind',
      'active',
    ]);
    const [film, feature] = [films[0], features[0]];
    for (const list of [
      [{ ...film, kind: 'feature' as const }],
      [{ ...feature, kind: undefined }],
      [
        { ...film, item: 'new' },
        { ...feature, item: 'new' },
      ],
    ])
      expect(await thrownBy(() => fixture.catalogue.catalogue(list))).toMatchObject({
        code: 'CATALOGUE_KIND_FIXED',
        facts: { index: 0 },
      });
    expect(await fixture.catalogue.withdraw('age=25')).toBe(true);
    expect(await fixture.catalogue.withdraw('age=25')).toBe(false);
    expect(await fixture.catalogue.catalogue(features)).toEqual({ catalogued: 1, unchanged: 1 });
  });

  it('withdraws no item that it does not have', async () => {
    expect(await thrownBy(() => fixture.catalogue.withdraw('9'))).toMatchObject({ code: 'ITEM_UNKNOWN' });
  });

  it.each([
    ['no id', { item: '' }, 'FIELD_MISSING', 'item'],
    ['an id of 256 bytes', { item: 'é'.repeat(128) }, 'FIELD_TOO_LONG', 'item'],
    ['an endless title', { title: 'x'.repeat(1_001) }, 'FIELD_TOO_LONG', 'title'],
    ['an endless category', { categories: ['x'.repeat(256)] }, 'FIELD_TOO_LONG', 'categories'],
    ['endless categories', { categories: Array<string>(257).fill('x') }, 'FIELD_TOO_LONG', 'categories'],
  ])('refuses a list in which an item has %s, whole', async (_, change, code, field) => {
    const error = await thrownBy(() => fixture.catalogue.catalogue([films[0], { ...films[1], ...change }]));
    expect(error).toMatchObject({ code, facts: { field, index: 1 } });
    expect(await catalogued()).toEqual([]);
  });
});
