import { toHex } from '#libs/essentials';
import { EMPTY_NODE, type HashPlan, type PlannedNode } from './hash-plan.js';
import {
  decodePage,
  encodeBranch,
  encodeBucket,
  PAGE_ENTRIES,
  pageBelow,
  SLOTS,
  type BranchPage,
  type MapPages,
} from './map-pages.js';
import { compareRows } from './map-difference.js';
import { ENTRY_LENGTH, nibbleOf, type MapTouches } from './map-touches.js';
import { MerkleError } from './merkle-error.js';
import { KEY_LENGTH, turn } from './sparse-map-hashing.js';

/**
 * A subtree in the version that was (`old`) and in the one that is being made (`new`); they are one node where nothing changes. What has
 * no halves is empty, a single key in one or both, or a subtree of which nobody asked for more than its hash.
 */
export interface TwoVersions {
  readonly old: PlannedNode;
  readonly new: PlannedNode;
  /** Whether a key below changes or is asked for. */
  readonly touched: boolean;
  readonly halves?: readonly [TwoVersions, TwoVersions];
}

/** One key in both versions; the key begins at `at`. */
interface Item extends TwoVersions {
  readonly rows: Uint8Array;
  readonly at: number;
}

/** The part of a map that a page stands for. */
interface Part {
  readonly versions: TwoVersions;
  /** Keys in the new version. */
  readonly count: number;
  /** In the new version, where they fit a page. */
  readonly items?: readonly Item[];
  /** What they are divided into where they do not. */
  readonly parts?: readonly Part[];
  /** Whether its page is to be written. */
  readonly isNew: boolean;
}

const NOTHING: TwoVersions = { old: EMPTY_NODE, new: EMPTY_NODE, touched: false };

/**
 * The new version of a map in the making: reads the pages on the paths to what is touched, and plans the hashes beside those paths and on
 * them. Call `walk` once, run the plan, then `writePages`.
 */
export class MapDraft {
  private root: Part | undefined;

  constructor(
    private readonly pages: Pick<MapPages, 'read'>,
    private readonly plan: HashPlan,
    private readonly touches: MapTouches,
  ) {}

  /** @throws MerkleError SPARSE_KEY_ABSENT, SPARSE_PAGE_DAMAGED */
  walk(): { versions: TwoVersions; count: number } {
    const isEmpty = this.pages.read('') === undefined;
    return (this.root = isEmpty
      ? this.fill('', 0, this.touches.count)
      : this.descend('', 0, this.touches.count));
  }

  /** The touches [from, to) as a subtree of their own, in a map that has nothing there. */
  fill(prefix: string, from: number, to: number): Part {
    return (this.root = this.settle(prefix, this.merge(new Uint8Array(), from, to), false));
  }

  /** After the plan was run. @param prefix of what was filled */
  writePages(pages: Pick<MapPages, 'write'>, prefix = '', part = this.root): void {
    if (part?.isNew !== true || (part.count === 0 && prefix !== '')) return;
    if (part.parts === undefined) {
      const rows = (part.items ?? []).map((item) => this.plan.entryOf(item.new));
      pages.write(prefix, encodeBucket(rows));
      return;
    }
    const { parts } = part;
    const page = encodeBranch(
      (slot) => parts[slot].count,
      (slot, to, at) => this.plan.copyHash(parts[slot].versions.new, to, at),
    );
    pages.write(prefix, page);
    parts.forEach((below, slot) => this.writePages(pages, pageBelow(prefix, slot), below));
  }

  private descend(prefix: string, from: number, to: number): Part {
    const page = decodePage(prefix, this.pages.read(prefix));
    if ('entries' in page) return this.settle(prefix, this.merge(page.entries, from, to), false);
    const parts: Part[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const end = from === to ? to : this.touches.endOf(slot, prefix.length, from, to);
      parts.push(this.part(page.branch, slot, prefix, from, end));
      from = end;
    }
    this.openBesideEmptied(prefix, parts);
    return this.branch(prefix, parts);
  }

  private part(branch: BranchPage, slot: number, prefix: string, from: number, to: number): Part {
    const count = branch.countOf(slot);
    if (count > 1 && from === to) {
      const known = this.plan.known(branch.body, branch.hashAt(slot));
      return { versions: { old: known, new: known, touched: false }, count, isNew: false };
    }
    const below = pageBelow(prefix, slot);
    if (count === 0) return this.settle(below, this.merge(new Uint8Array(), from, to), false);
    return this.descend(below, from, to); // a single key is read, because it rises where its neighbours go
  }

  /** A proof has to show that what stays beside an emptied subtree is not a single key; for that its page is needed. */
  private openBesideEmptied(prefix: string, parts: Part[]): void {
    parts.forEach(({ versions }, slot) => {
      const beside = slot ^ 1;
      const { count, items, parts: below } = parts[beside];
      if (isEmptied(versions) && count > 1 && items === undefined && below === undefined)
        parts[beside] = this.descend(pageBelow(prefix, beside), 0, 0);
    });
  }

  private branch(prefix: string, parts: readonly Part[]): Part {
    const versions = this.over(parts.map((part) => part.versions));
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const isNew = parts.some((part) => part.isNew);
    if (count > PAGE_ENTRIES) return { versions, count, parts, isNew };
    const items = parts.flatMap(
      (part, slot) => part.items ?? this.descend(pageBelow(prefix, slot), 0, 0).items ?? [],
    );
    return { versions, count, items, isNew };
  }

  /** Makes a page of these keys, or a branch of pages. */
  private settle(prefix: string, items: readonly Item[], isNew: boolean): Part {
    const present = items.filter((item) => item.new !== EMPTY_NODE);
    const count = present.length;
    if (count <= PAGE_ENTRIES) {
      const versions = this.subtree(items, 0, items.length, prefix.length * 4);
      return { versions, count, items: present, isNew: isNew || items.some((item) => item.old !== item.new) };
    }
    const parts: Part[] = [];
    for (let slot = 0, from = 0; slot < 16; slot++) {
      let to = from;
      while (to < items.length && nibbleOf(items[to].rows, items[to].at, prefix.length) === slot) to++;
      parts.push(this.settle(pageBelow(prefix, slot), items.slice(from, to), true));
      from = to;
    }
    return { ...this.branch(prefix, parts), isNew: true };
  }

  private subtree(items: readonly Item[], from: number, to: number, depth: number): TwoVersions {
    if (from === to) return NOTHING;
    if (to - from === 1) return items[from];
    let middle = from;
    while (middle < to && turn(items[middle].rows, depth, items[middle].at) === 0) middle++;
    return this.fork(
      this.subtree(items, from, middle, depth + 1),
      this.subtree(items, middle, to, depth + 1),
    );
  }

  /** The subtree over 2, 4, 8 … subtrees that lie side by side. */
  private over(level: readonly TwoVersions[]): TwoVersions {
    if (level.length === 1) return level[0];
    const forks: TwoVersions[] = [];
    for (let left = 0; left < level.length; left += 2) forks.push(this.fork(level[left], level[left + 1]));
    return this.over(forks);
  }

  private fork(left: TwoVersions, right: TwoVersions): TwoVersions {
    const touched = left.touched || right.touched;
    if (isNothing(left) && this.isSingle(right))
      return right.touched === touched ? right : { ...right, touched };
    if (isNothing(right) && this.isSingle(left))
      return left.touched === touched ? left : { ...left, touched };
    const halves: TwoVersions['halves'] = [left, right];
    const now = this.plan.fork(left.new, right.new);
    const isSame = left.old === left.new && right.old === right.new;
    const old = isSame ? now : this.plan.forkOfOld(left.old, right.old); // a proof has no hash of it, nor has a page
    return { old, new: now, touched, halves };
  }

  /** Whether it is one key at most in each version, and the same in both. */
  private isSingle({ old, new: now, halves }: TwoVersions): boolean {
    const isOne = (node: PlannedNode): boolean => node === EMPTY_NODE || this.plan.isLeaf(node);
    return halves === undefined && isOne(old) && isOne(now);
  }

  /** The entries of a page with the touches [from, to) done to them, in the order of the keys. */
  private merge(entries: Uint8Array, from: number, to: number): Item[] {
    const items: Item[] = [];
    const { rows } = this.touches;
    let at = 0;
    for (let touch = from; touch < to; touch++) {
      const row = touch * ENTRY_LENGTH;
      for (; at < entries.length && compareRows(entries, at, rows, row, KEY_LENGTH) < 0; at += ENTRY_LENGTH)
        items.push(this.untouched(entries, at));
      const isThere = at < entries.length && compareRows(entries, at, rows, row, KEY_LENGTH) === 0;
      items.push(this.touchedItem(touch, isThere ? this.plan.leaf(entries, at) : EMPTY_NODE));
      if (isThere) at += ENTRY_LENGTH;
    }
    for (; at < entries.length; at += ENTRY_LENGTH) items.push(this.untouched(entries, at));
    return items;
  }

  private untouched(rows: Uint8Array, at: number): Item {
    const leaf = this.plan.leaf(rows, at);
    return { rows, at, old: leaf, new: leaf, touched: false };
  }

  private touchedItem(touch: number, old: PlannedNode): Item {
    const { rows } = this.touches;
    const at = touch * ENTRY_LENGTH;
    const kind = this.touches.kind(touch);
    if (kind === 'ask') return { rows, at, old, new: old, touched: true };
    if (kind === 'put') {
      const isSame =
        old !== EMPTY_NODE && compareRows(this.plan.entryOf(old), 0, rows, at, ENTRY_LENGTH) === 0;
      return { rows, at, old, new: isSame ? old : this.plan.leaf(rows, at), touched: true };
    }
    if (old === EMPTY_NODE)
      throw new MerkleError('SPARSE_KEY_ABSENT', 'a key that is to be removed is not in the map', {
        facts: { key: toHex(rows.subarray(at, at + KEY_LENGTH)) },
      });
    return { rows, at, old, new: EMPTY_NODE, touched: true };
  }
}

/** Whether a subtree had keys and has none any more. */
export function isEmptied({ old, new: now }: TwoVersions): boolean {
  return old !== EMPTY_NODE && now === EMPTY_NODE;
}

function isNothing({ old, new: now, halves }: TwoVersions): boolean {
  return halves === undefined && old === EMPTY_NODE && now === EMPTY_NODE;
}
