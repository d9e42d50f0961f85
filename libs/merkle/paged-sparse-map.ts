import { EMPTY_NODE, HashPlan, sha256OneByOne, type PlannedNode, type Sha256Many } from './hash-plan.js';
import { differenceOfEntries, entriesOf, type MapDifference } from './map-difference.js';
import { MapDraft } from './map-draft.js';
import { encodeBranch, MemoryPages, pageBelow, SLOTS, type MapPages } from './map-pages.js';
import { MapTouches, type MapChanges } from './map-touches.js';
import { writePrunedMap } from './write-pruned-map.js';

/** A version of a map. */
export interface MapSummary {
  /** The same as sparseMapRoot of its entries; 32 bytes. */
  readonly root: Uint8Array;
  readonly count: number;
}

/** A subtree that was built. */
interface Slot {
  readonly count: number;
  readonly hash: Uint8Array;
}

/** Entries that are built together: enough to hash many at a time, few enough to hold. */
const BUILT_TOGETHER = 32_768;

/**
 * A sparse Merkle map whose pages are kept elsewhere: a change reads and writes the pages on the paths to the keys it is about, and proves
 * itself. An instance reads one version and may write the next; the pages of the version that is read stay as they are.
 *
 * @example
 * const map = new PagedSparseMap(pages);
 * const { root, proof } = map.change({ remove: labels });
 * verifyDelta({ oldRoot, newRoot: root, proof });
 */
export class PagedSparseMap {
  constructor(
    private readonly pages: MapPages,
    private readonly hashMany: Sha256Many = sha256OneByOne(),
  ) {}

  /**
   * Writes all pages of a map that has none yet.
   * @param keys 32 bytes each, in any order
   * @param valueHashes H(value) of each, in the order of the keys
   * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE
   */
  build(keys: Uint8Array, valueHashes: Uint8Array): MapSummary {
    const touches = MapTouches.ofPacked(keys, valueHashes);
    const { count, hash } = this.buildPart(touches, '', 0, touches.count);
    return { root: hash, count };
  }

  /**
   * Writes the pages of the next version, and proves that it differs by these changes and no others.
   * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE, SPARSE_KEY_ABSENT, SPARSE_PAGE_DAMAGED; nothing is written then
   */
  change(changes: MapChanges): MapSummary & { readonly proof: Uint8Array } {
    const plan = new HashPlan(this.hashMany);
    const draft = new MapDraft(this.pages, plan, MapTouches.of(changes));
    const { versions, count } = draft.walk();
    plan.run();
    draft.writePages(this.pages);
    return { root: plan.hashOf(versions.new), count, proof: writePrunedMap(versions, plan) };
  }

  /** Proof about keys that may be there or not, as verifyKeys takes it. @throws MerkleError as `change` does */
  prove(keys: readonly Uint8Array[]): MapSummary & { readonly proof: Uint8Array } {
    return this.change({ ask: keys });
  }

  /**
   * What has to change for the map to have these entries.
   * @param keys 32 bytes each, in any order
   * @param valueHashes H(value) of each, in the order of the keys
   * @throws MerkleError SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE, SPARSE_PAGE_DAMAGED
   */
  differenceTo(keys: Uint8Array, valueHashes: Uint8Array): MapDifference {
    return differenceOfEntries(entriesOf(this.pages), MapTouches.ofPacked(keys, valueHashes).rows);
  }

  private buildPart(touches: MapTouches, prefix: string, from: number, to: number): Slot {
    const plan = new HashPlan(this.hashMany);
    if (to - from <= BUILT_TOGETHER) {
      const draft = new MapDraft(new MemoryPages(), plan, touches);
      const { versions, count } = draft.fill(prefix, from, to);
      plan.run();
      draft.writePages(this.pages, prefix);
      return { count, hash: plan.hashOf(versions.new) };
    }
    const slots: Slot[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const end = touches.endOf(slot, prefix.length, from, to);
      slots.push(this.buildPart(touches, pageBelow(prefix, slot), from, end));
      from = end;
    }
    const page = encodeBranch(
      (slot) => slots[slot].count,
      (slot, to, at) => to.set(slots[slot].hash, at),
    );
    this.pages.write(prefix, page);
    const root = forkOver(plan, slots);
    plan.run();
    return { count: slots.reduce((sum, { count }) => sum + count, 0), hash: plan.hashOf(root) };
  }
}

function forkOver(plan: HashPlan, slots: readonly Slot[]): PlannedNode {
  let level = slots.map(({ count, hash }) => (count === 0 ? EMPTY_NODE : plan.known(hash, 0, count === 1)));
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, fork) =>
      plan.fork(level[2 * fork], level[2 * fork + 1]),
    );
  return level[0];
}
