import { EMPTY_NODE, HashPlan, sha256OneByOne, type PlannedNode, type Sha256Many } from './hash-plan.js';
import { differenceOfEntries, entriesOf, type MapDifference } from './map-difference.js';
import { MapDraft } from './map-draft.js';
import { BranchPage, pageBelow, SLOTS, type MapPages } from './map-pages.js';
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
  /** Of its page. */
  readonly place: number | undefined;
  readonly hash: Uint8Array;
}

/** Entries that are built together: enough to hash many at a time, few enough to hold. */
const BUILT_TOGETHER = 32_768;

/** About as many as the page of a key has, all of which are hashed where none of them is known. */
const LEAVES_BESIDE_A_PATH = 16;

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
    const touches = MapTouches.of(changes);
    const plan = new HashPlan(this.hashMany, touches.count * LEAVES_BESIDE_A_PATH);
    const draft = new MapDraft(this.pages, plan, touches);
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
    const isTogether = to - from <= BUILT_TOGETHER;
    const plan = new HashPlan(this.hashMany, isTogether ? to - from : SLOTS);
    if (isTogether) {
      const draft = new MapDraft({ read: () => undefined }, plan, touches);
      const { versions, count } = draft.fill(prefix, from, to);
      plan.run();
      const place = draft.writePages(this.pages, prefix);
      return { count, place, hash: plan.hashOf(versions.new) };
    }
    const slots: Slot[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const end = touches.endOf(slot, prefix.length, from, to);
      slots.push(this.buildPart(touches, pageBelow(prefix, slot), from, end));
      from = end;
    }
    const page = BranchPage.from();
    slots.forEach(({ count, place, hash }, slot) => {
      page.setSlot(slot, count, place);
      page.body.set(hash, page.hashAt(slot));
    });
    const hash = forkOver(plan, slots, page);
    const count = slots.reduce((sum, slot) => sum + slot.count, 0);
    return { count, place: this.pages.write(prefix, page.body), hash };
  }
}

/** The root of a branch, of which also the subtrees over several slots are written. */
function forkOver(plan: HashPlan, slots: readonly Slot[], page: BranchPage): Uint8Array {
  const leaves = slots.map(({ count, hash }) =>
    count === 0 ? EMPTY_NODE : plan.known(hash, 0, count === 1),
  );
  const levels: PlannedNode[][] = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, fork) =>
      plan.fork(below[2 * fork], below[2 * fork + 1]),
    );
  }
  plan.run();
  for (const level of levels.slice(1, -1)) {
    const width = SLOTS / level.length;
    level.forEach((node, index) => {
      const at = page.innerAt(index * width, width);
      if (at !== undefined) plan.copyHash(node, page.body, at);
    });
  }
  return plan.hashOf(levels[levels.length - 1][0]);
}
