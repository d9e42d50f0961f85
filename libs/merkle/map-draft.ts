import { toHex } from '#libs/essentials';
import { EMPTY_NODE, type HashPlan, type PlannedNode } from './hash-plan.js';
import {
  decodePage,
  BranchPage,
  encodeBucket,
  PAGE_ENTRIES,
  pageBelow,
  SLOTS,
  type MapPages,
  type PutAt,
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

/** One key: as it lies on a page, or, where somebody comes for it, in both versions. */
interface Item {
  readonly rows: Uint8Array;
  /** Where the key begins. */
  readonly at: number;
  readonly versions?: TwoVersions;
}

/** What a page says of the subtrees two bits below it, 32 bytes each, and what becomes of them. */
interface Quarters {
  readonly depth: number;
  readonly known?: Uint8Array;
  readonly nodes: PlannedNode[];
}

/** The part of a map that a page stands for. */
interface Part {
  readonly versions: TwoVersions;
  /** Keys in the new version. */
  readonly count: number;
  /** In the new version, where they fit a page. */
  readonly items?: readonly Item[];
  /** Hashes of its four quarters, in the new version. */
  readonly quarters?: readonly PlannedNode[];
  /** What they are divided into where they do not. */
  readonly branch?: Branch;
  /** Whether its page is to be written. */
  readonly isNew: boolean;
}

/** Sixteen parts, and the subtrees over several of them. What nothing needed is as the page says that it was made from. */
interface Branch {
  readonly prefix: string;
  readonly page?: BranchPage;
  /** Touches of slot s are [bounds[s], bounds[s + 1]). */
  readonly bounds: readonly number[];
  readonly parts: (Part | undefined)[];
  readonly inner: { readonly first: number; readonly width: number; readonly node: PlannedNode }[];
}

/** With fewer, hashing the others again costs less than keeping their hashes. */
const ENTRIES_WITH_QUARTERS = 8;

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
      : this.descend('', undefined, 0, this.touches.count));
  }

  /** The touches [from, to) as a subtree of their own, in a map that has nothing there. */
  fill(prefix: string, from: number, to: number): Part {
    return (this.root = this.settle(prefix, this.merge(new Uint8Array(), from, to), false));
  }

  /** After the plan was run. @param prefix of what was filled. @returns where that lies, as MapPages.write says */
  writePages(pages: Pick<MapPages, 'write'>, prefix = '', part = this.root): number | undefined {
    if (part?.isNew !== true || (part.count === 0 && prefix !== '')) return undefined;
    if (part.branch !== undefined) return pages.write(prefix, this.branchPage(pages, prefix, part.branch));
    return pages.write(prefix, this.bucketPage(part.items ?? [], part.quarters));
  }

  private bucketPage(items: readonly Item[], quarters?: readonly PlannedNode[]): Uint8Array {
    const { plan } = this;
    const putRow: PutAt = (index, page, to) => {
      const { rows, at, versions } = items[index];
      if (versions !== undefined) plan.copyEntry(versions.new, page, to);
      else for (let byte = 0; byte < ENTRY_LENGTH; byte++) page[to + byte] = rows[at + byte];
    };
    if (quarters === undefined || items.length < ENTRIES_WITH_QUARTERS)
      return encodeBucket(items.length, putRow);
    return encodeBucket(items.length, putRow, (quarter, page, to) => {
      plan.copyHash(quarters[quarter] ?? EMPTY_NODE, page, to);
    });
  }

  /** The pages below are written, and then known by their places. */
  private branchPage(pages: Pick<MapPages, 'write'>, prefix: string, branch: Branch): Uint8Array {
    const { page: earlier, parts, inner } = branch;
    const page = BranchPage.from(earlier);
    parts.forEach((part, slot) => {
      if (part === undefined) return;
      const below = pageBelow(prefix, slot);
      const place = part.isNew ? this.writePages(pages, below, part) : earlier?.placeOf(slot);
      page.setSlot(slot, part.count, place);
      this.plan.copyHash(part.versions.new, page.body, page.hashAt(slot));
    });
    for (const { first, width, node } of inner) {
      const at = page.innerAt(first, width);
      if (at !== undefined) this.plan.copyHash(node, page.body, at);
    }
    return page.body;
  }

  private descend(prefix: string, place: number | undefined, from: number, to: number): Part {
    const page = decodePage(prefix, this.pages.read(prefix, place));
    if ('entries' in page)
      return this.settle(prefix, this.merge(page.entries, from, to), false, page.quarters);
    const bounds = [from];
    for (let slot = 0; slot < SLOTS; slot++)
      bounds.push(from === to ? to : this.touches.endOf(slot, prefix.length, bounds[slot], to));
    return this.divided({ prefix, page: page.branch, bounds, parts: [], inner: [] });
  }

  /** The part that a branch stands for; parts that are there already are taken as they are. */
  private divided(branch: Branch): Part {
    const versions = this.over(branch, 0, SLOTS);
    const { prefix, page, parts } = branch;
    let count = 0;
    for (let slot = 0; slot < SLOTS; slot++) count += parts[slot]?.count ?? page?.countOf(slot) ?? 0;
    const isNew = parts.some((part) => part?.isNew);
    if (count > PAGE_ENTRIES) return { versions, count, branch, isNew };
    const items: Item[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const isUnread = parts[slot] === undefined && (page?.countOf(slot) ?? 0) > 0;
      const part = isUnread ? this.descend(pageBelow(prefix, slot), page?.placeOf(slot), 0, 0) : parts[slot];
      items.push(...(part?.items ?? []));
    }
    return { versions, count, items, isNew };
  }

  /** The subtree over slots that lie side by side: 1, 2, 4, 8 or all. */
  private over(branch: Branch, first: number, width: number): TwoVersions {
    const known = this.known(branch, first, width);
    if (known !== undefined) return known;
    if (width === 1) return (branch.parts[first] ??= this.part(branch, first)).versions;
    const half = width / 2;
    let left = this.over(branch, first, half);
    let right = this.over(branch, first + half, half);
    // A proof has to show that what stays beside an emptied subtree is not a single key.
    if (isEmptied(left)) right = this.opened(right, branch, first + half, half);
    if (isEmptied(right)) left = this.opened(left, branch, first, half);
    const both = this.fork(left, right);
    if (width === 4 || width === 8) branch.inner.push({ first, width, node: both.new });
    return both;
  }

  /** What the page says of a subtree that nobody comes for; a single key is read, because it rises where its neighbours go. */
  private known({ page, bounds }: Branch, first: number, width: number): TwoVersions | undefined {
    if (page === undefined || bounds[first] !== bounds[first + width]) return undefined;
    let count = 0;
    for (let slot = first; slot < first + width; slot++) count += page.countOf(slot);
    if (count === 0) return NOTHING;
    const at = width === 1 ? page.hashAt(first) : page.innerAt(first, width);
    if (count === 1 || at === undefined) return undefined;
    const node = this.plan.known(page.body, at);
    return { old: node, new: node, touched: false };
  }

  private part({ prefix, page, bounds }: Branch, slot: number): Part {
    const [from, to] = [bounds[slot], bounds[slot + 1]];
    const below = pageBelow(prefix, slot);
    if ((page?.countOf(slot) ?? 0) > 0) return this.descend(below, page?.placeOf(slot), from, to);
    return this.settle(below, this.merge(new Uint8Array(), from, to), false);
  }

  /** The same subtree with its halves, where only its hash was known. */
  private opened(subtree: TwoVersions, branch: Branch, first: number, width: number): TwoVersions {
    if (!this.isClosed(subtree)) return subtree;
    if (width === 1) return (branch.parts[first] = this.part(branch, first)).versions;
    const half = width / 2;
    return this.fork(this.over(branch, first, half), this.over(branch, first + half, half));
  }

  /** Makes a page of these keys, or a branch of pages. */
  private settle(prefix: string, items: readonly Item[], isNew: boolean, known?: Uint8Array): Part {
    const present = items.filter(({ versions }) => versions?.new !== EMPTY_NODE);
    const count = present.length;
    if (count <= PAGE_ENTRIES) {
      const depth = prefix.length * 4;
      const quarters: Quarters = { depth: depth + 2, known, nodes: [] };
      const versions = this.subtree(items, 0, items.length, depth, quarters);
      const isChanged = items.some((item) => item.versions && item.versions.old !== item.versions.new);
      return { versions, count, items: present, quarters: quarters.nodes, isNew: isNew || isChanged };
    }
    const parts: Part[] = [];
    for (let slot = 0, from = 0; slot < SLOTS; slot++) {
      let to = from;
      while (to < items.length && nibbleOf(items[to].rows, items[to].at, prefix.length) === slot) to++;
      parts.push(this.settle(pageBelow(prefix, slot), items.slice(from, to), true));
      from = to;
    }
    return { ...this.divided({ prefix, bounds: [], parts, inner: [] }), isNew: true };
  }

  private subtree(
    items: readonly Item[],
    from: number,
    to: number,
    depth: number,
    quarters?: Quarters,
  ): TwoVersions {
    if (quarters?.depth === depth) return this.quarter(items, from, to, quarters);
    if (from === to) return NOTHING;
    if (to - from === 1 && quarters === undefined) return this.item(items[from]);
    const middle = this.middleOf(items, from, to, depth);
    let left = this.subtree(items, from, middle, depth + 1, quarters);
    let right = this.subtree(items, middle, to, depth + 1, quarters);
    // As in `over`: what is known by its hash alone is opened beside what is emptied.
    if (isEmptied(left) && this.isClosed(right)) right = this.subtree(items, middle, to, depth + 1);
    if (isEmptied(right) && this.isClosed(left)) left = this.subtree(items, from, middle, depth + 1);
    return this.fork(left, right);
  }

  /** What the page says of a quarter that nobody comes for. */
  private quarter(items: readonly Item[], from: number, to: number, quarters: Quarters): TwoVersions {
    const { depth, known, nodes } = quarters;
    if (from === to) return NOTHING;
    const { rows, at } = items[from];
    const index = (rows[at + (depth >> 3)] >> (8 - (depth & 7))) & 3;
    let versions: TwoVersions | undefined;
    if (known !== undefined && to - from > 1) {
      let isUntouched = true;
      for (let item = from; item < to && isUntouched; item++)
        isUntouched = items[item].versions === undefined;
      const node = isUntouched ? this.plan.known(known, index * KEY_LENGTH) : undefined;
      versions = node === undefined ? undefined : { old: node, new: node, touched: false };
    }
    versions ??= this.subtree(items, from, to, depth);
    nodes[index] = versions.new;
    return versions;
  }

  private middleOf(items: readonly Item[], from: number, to: number, depth: number): number {
    let middle = from;
    while (middle < to && turn(items[middle].rows, depth, items[middle].at) === 0) middle++;
    return middle;
  }

  private item({ rows, at, versions }: Item): TwoVersions {
    if (versions !== undefined) return versions;
    const leaf = this.plan.leaf(rows, at);
    return { old: leaf, new: leaf, touched: false };
  }

  /** Whether it is a subtree of several keys of which only the hash is known. */
  private isClosed({ new: now, halves }: TwoVersions): boolean {
    return halves === undefined && now !== EMPTY_NODE && !this.plan.isLeaf(now);
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
        items.push({ rows: entries, at });
      const isThere = at < entries.length && compareRows(entries, at, rows, row, KEY_LENGTH) === 0;
      const versions = this.touched(touch, isThere ? this.plan.leaf(entries, at) : EMPTY_NODE);
      items.push({ rows, at: row, versions });
      if (isThere) at += ENTRY_LENGTH;
    }
    for (; at < entries.length; at += ENTRY_LENGTH) items.push({ rows: entries, at });
    return items;
  }

  private touched(touch: number, old: PlannedNode): TwoVersions {
    const { rows } = this.touches;
    const at = touch * ENTRY_LENGTH;
    const kind = this.touches.kind(touch);
    if (kind === 'ask') return { old, new: old, touched: true };
    if (kind === 'put') {
      const isSame =
        old !== EMPTY_NODE && compareRows(this.plan.entryOf(old), 0, rows, at, ENTRY_LENGTH) === 0;
      return { old, new: isSame ? old : this.plan.leaf(rows, at), touched: true };
    }
    if (old === EMPTY_NODE)
      throw new MerkleError('SPARSE_KEY_ABSENT', 'a key that is to be removed is not in the map', {
        facts: { key: toHex(rows.subarray(at, at + KEY_LENGTH)) },
      });
    return { old, new: EMPTY_NODE, touched: true };
  }
}

/** Whether a subtree had keys and has none any more. */
export function isEmptied({ old, new: now }: TwoVersions): boolean {
  return old !== EMPTY_NODE && now === EMPTY_NODE;
}

function isNothing({ old, new: now, halves }: TwoVersions): boolean {
  return halves === undefined && old === EMPTY_NODE && now === EMPTY_NODE;
}
