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

/** `entries`: rows of ENTRY_LENGTH in the order of their keys. */
export type MapPage = { readonly entries: Uint8Array } | { readonly branch: BranchPage };

/** Sixteen pages below one, read where they lie. */
export class BranchPage {
  constructor(readonly body: Uint8Array) {}

  /** Keys below. */
  countOf(slot: number): number {
    const at = 1 + slot * SLOT_LENGTH;
    const [a, b, c, d] = [this.body[at], this.body[at + 1], this.body[at + 2], this.body[at + 3]];
    return a * 0x1000000 + ((b << 16) | (c << 8) | d);
  }

  /** Where in the body the hash of the subtree begins. */
  hashAt(slot: number): number {
    return 1 + slot * SLOT_LENGTH + 4;
  }

  hashOf(slot: number): Uint8Array {
    return this.body.subarray(this.hashAt(slot), this.hashAt(slot) + HASH);
  }
}

export function encodeBucket(entries: readonly Uint8Array[]): Uint8Array {
  const page = new Uint8Array(1 + entries.length * ENTRY_LENGTH);
  page[0] = BUCKET;
  entries.forEach((entry, index) => page.set(entry, 1 + index * ENTRY_LENGTH));
  return page;
}

/**
 * @param countOf keys below a slot
 * @param putHash puts the hash of the subtree there, 32 bytes from `at` on
 */
export function encodeBranch(
  countOf: (slot: number) => number,
  putHash: (slot: number, page: Uint8Array, at: number) => void,
): Uint8Array {
  const page = new Uint8Array(1 + SLOTS * SLOT_LENGTH);
  const view = new DataView(page.buffer);
  page[0] = BRANCH;
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = 1 + slot * SLOT_LENGTH;
    view.setUint32(at, countOf(slot));
    putHash(slot, page, at + 4);
  }
  return page;
}

/** @throws MerkleError SPARSE_PAGE_DAMAGED */
export function decodePage(prefix: string, page: Uint8Array | undefined): MapPage {
  const body = (page?.length ?? 0) - 1;
  if (page?.[0] === BUCKET && body % ENTRY_LENGTH === 0 && body <= PAGE_ENTRIES * ENTRY_LENGTH)
    return { entries: page.subarray(1) };
  if (page?.[0] !== BRANCH || body !== SLOTS * SLOT_LENGTH)
    throw new MerkleError('SPARSE_PAGE_DAMAGED', 'a page of a map is missing or cut', { facts: { prefix } });
  return { branch: new BranchPage(page) };
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
