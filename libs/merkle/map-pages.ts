import { MerkleError } from './merkle-error.js';
import { ENTRY_LENGTH } from './map-touches.js';

/**
 * Where one version of a map keeps its pages. A page is named by the beginning of the keys below it, in hexadecimal digits; the root's name
 * is empty. A version has the pages that were written for it, and for all others those of the version it was made from.
 */
export interface MapPages {
  /** Of the version that is read; undefined where that has no such page. */
  read(prefix: string): Uint8Array | undefined;
  /** Into the version that is being made. */
  write(prefix: string, page: Uint8Array): void;
}

/** Entries that a page holds; a subtree of more is a branch of sixteen pages. What is a page follows from the keys alone. */
export const PAGE_ENTRIES = 32;
export const SLOTS = 16;

const BUCKET = 0x00;
const BRANCH = 0x01;
const HASH = 32;
const SLOT_LENGTH = 4 + HASH;

export interface Slot {
  /** Keys below. */
  readonly count: number;
  /** Of the subtree, 32 bytes. */
  readonly hash: Uint8Array;
}

/** `entries`: rows of ENTRY_LENGTH in the order of their keys. */
export type MapPage = { readonly entries: Uint8Array } | { readonly slots: readonly Slot[] };

export function encodeBucket(entries: readonly Uint8Array[]): Uint8Array {
  const page = new Uint8Array(1 + entries.length * ENTRY_LENGTH);
  page[0] = BUCKET;
  entries.forEach((entry, index) => page.set(entry, 1 + index * ENTRY_LENGTH));
  return page;
}

export function encodeBranch(slots: readonly Slot[]): Uint8Array {
  const page = new Uint8Array(1 + SLOTS * SLOT_LENGTH);
  const view = new DataView(page.buffer);
  page[0] = BRANCH;
  slots.forEach(({ count, hash }, index) => {
    view.setUint32(1 + index * SLOT_LENGTH, count);
    page.set(hash, 1 + index * SLOT_LENGTH + 4);
  });
  return page;
}

/** @throws MerkleError SPARSE_PAGE_DAMAGED */
export function decodePage(prefix: string, page: Uint8Array | undefined): MapPage {
  const body = (page?.length ?? 0) - 1;
  if (page?.[0] === BUCKET && body % ENTRY_LENGTH === 0 && body <= PAGE_ENTRIES * ENTRY_LENGTH)
    return { entries: page.subarray(1) };
  if (page?.[0] !== BRANCH || body !== SLOTS * SLOT_LENGTH)
    throw new MerkleError('SPARSE_PAGE_DAMAGED', 'a page of a map is missing or cut', { facts: { prefix } });
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const slotAt = (at: number): Slot => ({
    count: view.getUint32(at),
    hash: page.subarray(at + 4, at + SLOT_LENGTH),
  });
  return { slots: Array.from({ length: SLOTS }, (_, index) => slotAt(1 + index * SLOT_LENGTH)) };
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

  write(prefix: string, page: Uint8Array): void {
    this.pages.set(prefix, page);
  }
}
