import { MAX_COUNT } from '#libs/kernels';
import type { GramLayout, ItemGroup } from './gram-layout.js';

interface Place {
  readonly group: ItemGroup;
  /** Where the group's triangle begins. */
  readonly start: number;
  /** The item's number within the group. */
  readonly row: number;
}

/** The counts of a shard, found by item. */
export class PairCounts {
  private readonly places = new Map<number, Place>();

  /** @param counts as a file of the layout has them; not copied, and changed by `decrement` and `increment` */
  constructor(
    { groups }: GramLayout,
    private readonly counts: Uint16Array,
  ) {
    let start = 0;
    for (const group of groups) {
      for (let row = 0; row < group.length; row++) this.places.set(group[row], { group, start, row });
      start += (group.length * (group.length + 1)) / 2;
    }
  }

  /** People of each item of the catalogue; 0 for one whose pairs are not counted. */
  diagonal(items: number): Uint16Array {
    return Uint16Array.from({ length: items }, (_, item) => {
      const at = this.indexOf(item, item);
      return at === undefined ? 0 : this.counts[at];
    });
  }

  /** Where the pair is counted; undefined where it is not. */
  private indexOf(item: number, other: number): number | undefined {
    const [one, two] = [this.places.get(item), this.places.get(other)];
    if (one === undefined || two?.group !== one.group) return undefined;
    const [row, column] = [Math.min(one.row, two.row), Math.max(one.row, two.row)];
    return startOfRow(one, row) + column - row;
  }

  /** Counts the pair once less, where it is counted at all; false where nobody is left to take away. */
  decrement(item: number, other: number): boolean {
    const at = this.indexOf(item, other);
    if (at === undefined) return true;
    return this.counts[at] > 0 && this.counts[at]-- > 0;
  }

  /** Counts the pair once more, where it is counted at all; false where the count is full. */
  increment(item: number, other: number): boolean {
    const at = this.indexOf(item, other);
    if (at === undefined) return true;
    return this.counts[at] < MAX_COUNT && ++this.counts[at] > 0;
  }

  /** Adds times · count of the pair to `sums`, for every item that is counted together with this one, itself included. */
  addRow(item: number, times: number, sums: Float32Array): void {
    const place = this.places.get(item);
    if (place === undefined) return;
    const { group, row, start } = place;
    let at = start + row; // of the pair with the group's first item; each row of a triangle is one shorter
    for (let above = 0; above < row; above++) {
      sums[group[above]] += Math.fround(this.counts[at] * times);
      at += group.length - above - 1;
    }
    for (let column = row; column < group.length; column++, at++)
      sums[group[column]] += Math.fround(this.counts[at] * times);
  }
}

function startOfRow({ group, start }: Place, row: number): number {
  return start + row * group.length - (row * (row - 1)) / 2;
}
