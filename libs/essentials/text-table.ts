import { utf8 } from './bytes.js';

const FNV_OFFSET = 0x811c9dc5; // FNV-1a, 32 bits: draft-eastlake-fnv §6
const FNV_PRIME = 0x01000193;

/**
 * Finds texts by their UTF-8 bytes, without making a string of what is asked for. Open addressing, at most half full.
 *
 * @example
 * const table = new TextTable(['a', 'b']);
 * table.indexOf(utf8('xbx'), 1, 2); // 1
 */
export class TextTable {
  /** Index of a text plus one; 0 in a free slot. */
  private readonly slots: Uint32Array;
  private readonly texts: readonly Uint8Array[];

  /** Of a text that stands twice, the first counts. */
  constructor(texts: Iterable<string>) {
    this.texts = Array.from(texts, utf8);
    this.slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * this.texts.length + 2)));
    this.texts.forEach((text, index) => {
      const slot = this.slotOf(text, 0, text.length);
      if (this.slots[slot] === 0) this.slots[slot] = index + 1;
    });
  }

  /** Index of the text that bytes [from, to) are, or −1. */
  indexOf(bytes: Uint8Array, from: number, to: number): number {
    return this.slots[this.slotOf(bytes, from, to)] - 1;
  }

  /** The slot that holds the text, or the one where it would go. */
  private slotOf(bytes: Uint8Array, from: number, to: number): number {
    const last = this.slots.length - 1;
    let slot = hashOf(bytes, from, to) & last;
    while (this.slots[slot] !== 0 && !isRange(this.texts[this.slots[slot] - 1], bytes, from, to))
      slot = (slot + 1) & last;
    return slot;
  }
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = FNV_OFFSET;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], FNV_PRIME);
  return hash ^ (hash >>> 15);
}

function isRange(text: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let at = 0; at < text.length; at++) if (text[at] !== bytes[from + at]) return false;
  return true;
}
