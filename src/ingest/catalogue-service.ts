import type { CatalogueEvent } from '#libs/contracts';
import { streamNames, type EventStore, type StreamAppend } from '#libs/messaging';
import type { Edge } from './edge.js';
import { IngestError } from './ingest-error.js';
import type { CataloguedItem, CatalogueState } from './ingest-state.js';

const BATCH = 5_000;
const MAX_ID_BYTES = 255; // libs/contracts packs an item with one length byte
const MAX_TITLE = 1_000;
const MAX_CATEGORIES = 256;

/** Keeps the catalogue: items, and features that people may state of themselves, with titles and categories; nothing personal. */
export class CatalogueService {
  constructor(
    private readonly store: Pick<EventStore, 'appendBatch'>,
    private readonly state: CatalogueState,
    private readonly edge: Pick<Edge, 'newId'>,
  ) {}

  /**
   * Catalogues new items, items whose title or categories have changed, and withdrawn items that return; the rest is left alone, so
   * repeating a file stores nothing. Of an item that stands twice the last one counts.
   *
   * @throws IngestError FIELD_MISSING, FIELD_TOO_LONG with the index of the item in `facts.index`, CATALOGUE_KIND_FIXED;
   *   then nothing was catalogued
   */
  async catalogue(
    items: readonly CataloguedItem[],
  ): Promise<{ readonly catalogued: number; readonly unchanged: number }> {
    items.forEach(checkItem);
    await this.state.caughtUp();
    const distinct = new Map(items.map((item) => [item.item, item]));
    items.forEach((item, index) => this.refuseOtherKind(item, distinct.get(item.item)!, index));
    const changed = [...distinct.values()].filter((item) => this.hasChanged(item));
    for (let at = 0; at < changed.length; at += BATCH)
      await this.store.appendBatch(
        changed.slice(at, at + BATCH).map(({ item, title, categories, kind }) =>
          this.appendOf({
            type: 'ItemCatalogued',
            data: { item, title, categories, ...(kind !== undefined && { kind }) },
          }),
        ),
      );
    await this.state.caughtUp();
    return { catalogued: changed.length, unchanged: items.length - changed.length };
  }

  /**
   * Takes an item out of the catalogue: later interactions with it are refused.
   *
   * @returns false when it was withdrawn before
   * @throws IngestError ITEM_UNKNOWN
   */
  async withdraw(item: string): Promise<boolean> {
    await this.state.caughtUp();
    const known = this.state.catalogued(item);
    if (known === undefined)
      throw new IngestError('ITEM_UNKNOWN', 'The item is not in the catalogue', {
        nextStep: 'Check the item id; the catalogue spells ids exactly.',
      });
    if (this.state.item(item, known.kind) === 'withdrawn') return false;
    await this.store.appendBatch([this.appendOf({ type: 'ItemWithdrawn', data: { item } })]);
    await this.state.caughtUp();
    return true;
  }

  /** What people have done with an item must not become what they are, nor the other way round. */
  private refuseOtherKind({ item, kind }: CataloguedItem, last: CataloguedItem, index: number): void {
    const known = this.state.catalogued(item) ?? last;
    if (known.kind === kind && last.kind === kind) return;
    throw new IngestError('CATALOGUE_KIND_FIXED', 'An entry of the catalogue stays an item or a feature', {
      facts: { index },
      nextStep: 'Give the new entry another id.',
    });
  }

  private hasChanged({ item, title, categories }: CataloguedItem): boolean {
    const known = this.state.catalogued(item);
    if (known === undefined || this.state.item(item, known.kind) !== 'active') return true;
    return known.title !== title || JSON.stringify(known.categories) !== JSON.stringify(categories);
  }

  private appendOf({ type, data }: CatalogueEvent): StreamAppend {
    return { stream: streamNames.catalogue(data.item), events: [{ id: this.edge.newId(), type, data }] };
  }
}

function checkItem({ item, title, categories }: CataloguedItem, index: number): void {
  if (item === '') throw fieldError('FIELD_MISSING', 'item', index, 'Give every item an id.');
  if (Buffer.byteLength(item) > MAX_ID_BYTES)
    throw fieldError('FIELD_TOO_LONG', 'item', index, `Shorten the id to ${MAX_ID_BYTES} bytes of UTF-8.`);
  if (title.length > MAX_TITLE)
    throw fieldError('FIELD_TOO_LONG', 'title', index, `Shorten the title to ${MAX_TITLE} characters.`);
  if (categories.length > MAX_CATEGORIES || categories.some((one) => one.length > MAX_ID_BYTES))
    throw fieldError(
      'FIELD_TOO_LONG',
      'categories',
      index,
      `Give at most ${MAX_CATEGORIES} categories of at most ${MAX_ID_BYTES} characters.`,
    );
}

function fieldError(
  code: 'FIELD_MISSING' | 'FIELD_TOO_LONG',
  field: string,
  index: number,
  nextStep: string,
) {
  const what = code === 'FIELD_MISSING' ? 'is missing' : 'is too long';
  return new IngestError(code, `The ${field} of an item ${what}`, { facts: { field, index }, nextStep });
}
