import { MerkleError } from './merkle-error.js';
import { ENTRY_LENGTH } from './map-touches.js';

/**
 * Where one version of a map keeps its pages. A page is named by the beginning of the keys below it, in hexadecimal digits; the root's name
 * is empty. A version has the pages that were written for it, and for all others those of the version it was made from.
 */
export interface MapPages {
  /**
   * Of the version that is read; undefined where that has no such page.
   * @param place what writing it gave, where the page above says so: it need not be searched then
   */
  read(prefix: string, place?: number): Uint8Array | undefined;
  /**
   * Into the version that is being made, pages below before those above.
   * @returns where it lies, above 0; undefined where pages are found by their names alone
   */
  write(prefix: string, page: Uint8Array): number | undefined;
}

/** Entries that a page holds; a subtree of more is a branch of sixteen pages. What is a page follows from the keys alone. */
export const PAGE_ENTRIES = 32;
export const SLOTS = 16;
export const QUARTERS = 4;

const SMALL_BUCKET = 0x00;
/** With the hashes of its four quarters, the subtrees two bits below, before the entries. */
const BUCKET = 0x03;
/** Without places and inner hashes, as branches were at first: still read, never written. */
const SPARE_BRANCH = 0x01;
const BRANCH = 0x02;
const HASH = 32;
const BUCKET_HEAD = 1 + QUARTERS * HASH;
const SPARE_SLOT = 4 + HASH;
const SLOT = 4 + SPARE_SLOT;
/** Subtrees of four and of eight slots. That of two takes one hash, for which the bytes of eight more are too many. */
const INNER_NODES = 4 + 2;
const PLACES = 2 ** 32;

const BRANCH_LENGTH = 1 + SLOTS * SLOT + INNER_NODES * HASH;
const LENGTHS: Readonly<Record<number, number>> = {
  [SPARE_BRANCH]: 1 + SLOTS * SPARE_SLOT,
  [BRANCH]: BRANCH_LENGTH,
};

/** `entries`: rows of ENTRY_LENGTH in the order of their keys. `quarters`: hashes of the subtrees two bits below, where they are known. */
export type MapPage =
  { readonly entries: Uint8Array; readonly quarters?: Uint8Array } | { readonly branch: BranchPage };

/**
 * Sixteen pages below one, read and written where they lie: for each the number of keys, its place and the hash of its subtree; then the
 * hashes of the subtrees over four and eight of them, so that a change need not compute those beside its path.
 */
export class BranchPage {
  private readonly slotLength: number;

  constructor(readonly body: Uint8Array) {
    this.slotLength = body[0] === BRANCH ? SLOT : SPARE_SLOT;
  }

  /** A page to write on: nothing below, or what another one says. */
  static from(earlier?: BranchPage): BranchPage {
    if (earlier?.isSpare === false) return new BranchPage(earlier.body.slice());
    const body = new Uint8Array(BRANCH_LENGTH);
    body[0] = BRANCH;
    const page = new BranchPage(body);
    for (let slot = 0; earlier !== undefined && slot < SLOTS; slot++) {
      page.setSlot(slot, earlier.countOf(slot), undefined);
      body.set(earlier.hashOf(slot), page.hashAt(slot));
    }
    return page;
  }

  /** Keys below. */
  countOf(slot: number): number {
    return this.word(1 + slot * this.slotLength);
  }

  /** Where the page below lies; undefined where that is not known. */
  placeOf(slot: number): number | undefined {
    return this.isSpare ? undefined : this.word(1 + slot * SLOT + 4) || undefined;
  }

  /** Where in the body the hash of the subtree begins. */
  hashAt(slot: number): number {
    return 1 + (slot + 1) * this.slotLength - HASH;
  }

  hashOf(slot: number): Uint8Array {
    return this.body.subarray(this.hashAt(slot), this.hashAt(slot) + HASH);
  }

  /** Where in the body the hash of the subtree over so many slots begins; undefined where it is not there. */
  innerAt(first: number, width: number): number | undefined {
    if (this.isSpare || (width !== 4 && width !== 8)) return undefined;
    const wider = width === 4 ? 2 : 0;
    return 1 + SLOTS * SLOT + (wider + first / width) * HASH;
  }

  /** All but the hash. */
  setSlot(slot: number, count: number, place: number | undefined): void {
    const view = new DataView(this.body.buffer, this.body.byteOffset + 1 + slot * SLOT, 8);
    view.setUint32(0, count);
    view.setUint32(4, place !== undefined && place < PLACES && count > 0 ? place : 0);
  }

  private get isSpare(): boolean {
    return this.slotLength === SPARE_SLOT;
  }

  private word(at: number): number {
    const { body } = this;
    return body[at] * 0x1000000 + ((body[at + 1] << 16) | (body[at + 2] << 8) | body[at + 3]);
  }
}

/** Puts something into a page, from `at` on. */
export type PutAt = (index: number, page: Uint8Array, at: number) => void;

/**
 * @param putRow the row of an entry, 64 bytes
 * @param putQuarter the hash of a quarter, 32 bytes; absent where they are not known
 */
export function encodeBucket(entries: number, putRow: PutAt, putQuarter?: PutAt): Uint8Array {
  const head = putQuarter === undefined ? 1 : BUCKET_HEAD;
  const page = new Uint8Array(head + entries * ENTRY_LENGTH);
  if (putQuarter !== undefined) {
    page[0] = BUCKET;
    for (let quarter = 0; quarter < QUARTERS; quarter++) putQuarter(quarter, page, 1 + quarter * HASH);
  }
  for (let entry = 0; entry < entries; entry++) putRow(entry, page, head + entry * ENTRY_LENGTH);
  return page;
}

/** @throws MerkleError SPARSE_PAGE_DAMAGED */
export function decodePage(prefix: string, page: Uint8Array | undefined): MapPage {
  if (page?.[0] === SMALL_BUCKET && isRows(page.length - 1)) return { entries: page.subarray(1) };
  if (page?.[0] === BUCKET && isRows(page.length - BUCKET_HEAD))
    return { entries: page.subarray(BUCKET_HEAD), quarters: page.subarray(1, BUCKET_HEAD) };
  if (page === undefined || page.length !== LENGTHS[page[0]])
    throw new MerkleError('SPARSE_PAGE_DAMAGED', 'a page of a map is missing or cut', { facts: { prefix } });
  return { branch: new BranchPage(page) };
}

function isRows(length: number): boolean {
  return length >= 0 && length % ENTRY_LENGTH === 0 && length <= PAGE_ENTRIES * ENTRY_LENGTH;
}

/** Name of the page below another one. */
export function pageBelow(prefix: string, slot: number): string {
  return prefix + slot.toString(16);
}

/** Pages in memory, on top of those of an earlier version, which stay as they are. */
export class MemoryPages implements MapPages {
  private readonly pages = new Map<string, Uint8Array>();

  constructor(private readonly earlier?: Pick<MapPages, 'read'>) {}

  read(prefix: string): Uint8Array | undefined {
    return this.pages.get(prefix) ?? this.earlier?.read(prefix);
  }

  write(prefix: string, page: Uint8Array): undefined {
    this.pages.set(prefix, page);
  }
}
