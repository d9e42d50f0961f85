import { EMPTY_NODE, type HashPlan, type PlannedNode } from './hash-plan.js';
import { isEmptied, type TwoVersions } from './map-draft.js';
import { KEY_LENGTH } from './sparse-map-hashing.js';
import { TAGS } from './pruned-map.js';

const HASH = 32;

/** The pruned form of a walk, as readPrunedMap reads it; after the plan was run. */
export function writePrunedMap(root: TwoVersions, plan: HashPlan): Uint8Array {
  const writer = new PrunedMapWriter(plan);
  writer.write(root, false);
  return writer.bytes();
}

class PrunedMapWriter {
  private written = new Uint8Array(4096);
  private length = 0;

  constructor(private readonly plan: HashPlan) {}

  bytes(): Uint8Array {
    return this.written.slice(0, this.length);
  }

  /** @param isOpened although nothing below is touched */
  write({ old, new: now, touched, halves }: TwoVersions, isOpened: boolean): void {
    if (halves === undefined) {
      this.writeTerminal(old, now);
      return;
    }
    if (!touched && !isOpened) {
      this.putHash(old);
      return;
    }
    this.putTag(TAGS.node);
    const [left, right] = halves;
    this.write(left, isEmptied(right));
    this.write(right, isEmptied(left));
  }

  private writeTerminal(old: PlannedNode, now: PlannedNode): void {
    const { plan } = this;
    if (old === now) {
      if (old === EMPTY_NODE) this.putTag(TAGS.nothing);
      else if (plan.isLeaf(old)) this.putRow(TAGS.kept, plan.entryOf(old));
      else this.putHash(old);
    } else if (now === EMPTY_NODE) this.putRow(TAGS.deleted, plan.entryOf(old));
    else if (old === EMPTY_NODE) this.putRow(TAGS.added, plan.entryOf(now));
    else {
      this.putRow(TAGS.replaced, plan.entryOf(old));
      this.put(plan.entryOf(now).subarray(KEY_LENGTH));
    }
  }

  private putHash(node: PlannedNode): void {
    this.putTag(TAGS.subtree);
    this.makeRoom(HASH);
    this.plan.copyHash(node, this.written, this.length);
    this.length += HASH;
  }

  private putRow(tag: number, row: Uint8Array): void {
    this.putTag(tag);
    this.put(row);
  }

  private putTag(tag: number): void {
    this.makeRoom(1);
    this.written[this.length++] = tag;
  }

  private put(bytes: Uint8Array): void {
    this.makeRoom(bytes.length);
    this.written.set(bytes, this.length);
    this.length += bytes.length;
  }

  private makeRoom(more: number): void {
    if (this.length + more <= this.written.length) return;
    const larger = new Uint8Array(2 * this.written.length + more);
    larger.set(this.written);
    this.written = larger;
  }
}
