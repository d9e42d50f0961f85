import { equalBytes } from '#libs/essentials';
import { decodePage, pageBelow, SLOTS, type BranchPage, type MapPage, type MapPages } from './map-pages.js';
import { ENTRY_LENGTH, type HashedEntry, type MapChanges } from './map-touches.js';
import { KEY_LENGTH } from './sparse-map-hashing.js';

type Reader = Pick<MapPages, 'read'>;

/** What a map comes to have and what goes, in the order of the keys. */
export type MapDifference = Required<Pick<MapChanges, 'put' | 'remove'>>;

/** Entries of all pages below a prefix in the order of their keys, rows of ENTRY_LENGTH. @throws MerkleError SPARSE_PAGE_DAMAGED */
export function entriesOf(pages: Reader, prefix = '', place?: number): Uint8Array {
  const found: Uint8Array[] = [];
  if (prefix !== '' || pages.read('') !== undefined) collect(pages, prefix, place, found);
  const entries = new Uint8Array(found.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const some of found) {
    entries.set(some, at);
    at += some.length;
  }
  return entries;
}

function collect(pages: Reader, prefix: string, place: number | undefined, found: Uint8Array[]): void {
  const page = decodePage(prefix, pages.read(prefix, place));
  if ('entries' in page) found.push(page.entries);
  else
    for (let slot = 0; slot < SLOTS; slot++)
      if (page.branch.countOf(slot) > 0)
        collect(pages, pageBelow(prefix, slot), page.branch.placeOf(slot), found);
}

/** How entries in order become others in order. */
export function differenceOfEntries(before: Uint8Array, after: Uint8Array): MapDifference {
  const difference = { put: [] as HashedEntry[], remove: [] as Uint8Array[] };
  addDifference(before, after, difference);
  return difference;
}

/** How one version of a map becomes another; reads only the pages in which they differ. @throws MerkleError SPARSE_PAGE_DAMAGED */
export function differenceOfPages(before: Reader, after: Reader): MapDifference {
  const difference = { put: [] as HashedEntry[], remove: [] as Uint8Array[] };
  comparePages({ pages: before, prefix: '' }, { pages: after, prefix: '' }, difference);
  return difference;
}

interface Growing {
  readonly put: HashedEntry[];
  readonly remove: Uint8Array[];
}

/** Where a page lies, which may be the root's. */
interface Place {
  readonly pages: Reader;
  readonly prefix: string;
  readonly place?: number;
}

function comparePages(before: Place, after: Place, difference: Growing): void {
  const [old, now] = [pageOrNone(before), pageOrNone(after)];
  if (!('branch' in old && 'branch' in now)) {
    addDifference(entriesIn(before, old), entriesIn(after, now), difference);
    return;
  }
  for (let slot = 0; slot < SLOTS; slot++) {
    if (equalBytes(old.branch.hashOf(slot), now.branch.hashOf(slot))) continue;
    const [was, is] = [placeBelow(before, old.branch, slot), placeBelow(after, now.branch, slot)];
    if (was && is) comparePages(was, is, difference);
    else addDifference(allEntriesOf(was), allEntriesOf(is), difference);
  }
}

const NONE = new Uint8Array();

function placeBelow({ pages, prefix }: Place, branch: BranchPage, slot: number): Place | undefined {
  if (branch.countOf(slot) === 0) return undefined;
  return { pages, prefix: pageBelow(prefix, slot), place: branch.placeOf(slot) };
}

/** A map without any page is empty. */
function pageOrNone({ pages, prefix, place }: Place): MapPage {
  const page = pages.read(prefix, place);
  return page === undefined && prefix === '' ? { entries: NONE } : decodePage(prefix, page);
}

function entriesIn(place: Place, page: MapPage): Uint8Array {
  return 'entries' in page ? page.entries : allEntriesOf(place);
}

function allEntriesOf(place: Place | undefined): Uint8Array {
  return place === undefined ? NONE : entriesOf(place.pages, place.prefix, place.place);
}

function addDifference(before: Uint8Array, after: Uint8Array, { put, remove }: Growing): void {
  let at = 0;
  for (let row = 0; row < after.length; row += ENTRY_LENGTH) {
    for (; at < before.length && compareRows(before, at, after, row, KEY_LENGTH) < 0; at += ENTRY_LENGTH)
      remove.push(before.slice(at, at + KEY_LENGTH));
    const isThere = at < before.length && compareRows(before, at, after, row, KEY_LENGTH) === 0;
    if (!isThere || compareRows(before, at, after, row, ENTRY_LENGTH) !== 0) put.push(entryAt(after, row));
    if (isThere) at += ENTRY_LENGTH;
  }
  for (; at < before.length; at += ENTRY_LENGTH) remove.push(before.slice(at, at + KEY_LENGTH));
}

function entryAt(rows: Uint8Array, at: number): HashedEntry {
  return {
    key: rows.slice(at, at + KEY_LENGTH),
    valueHash: rows.slice(at + KEY_LENGTH, at + ENTRY_LENGTH),
  };
}

/** Order of the first `length` bytes at `at` and at `row`; for so few a loop is quicker than two views. */
export function compareRows(
  some: Uint8Array,
  at: number,
  others: Uint8Array,
  row: number,
  length: number,
): number {
  for (let byte = 0; byte < length; byte++)
    if (some[at + byte] !== others[row + byte]) return some[at + byte] - others[row + byte];
  return 0;
}
