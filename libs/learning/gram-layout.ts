import type { GramConfig } from '#libs/contracts';
import { compareBytes, utf8 } from '#libs/essentials';
import { triangleLength } from '#libs/kernels';
import { LearningError } from './learning-error.js';
import type { CanonicalCatalogue } from './shard-dataset.js';

/** Items whose pairs are counted, as indices into the catalogue, ascending. Pairs of items in different groups are not counted. */
export type ItemGroup = Uint32Array;

/** How the pairs of items that a configuration counts lie in files: group after group. */
export interface GramLayout {
  /** In the order of the files: one, or one for each category that there is, by the bytes of its name. */
  readonly groups: readonly ItemGroup[];
  /** Counts of all groups' upper triangles. */
  readonly counts: number;
  /** Weights of all groups' squares. */
  readonly weights: number;
}

// A gibibyte of weights: an aggregator's file stays within what one buffer and a kernel's memory hold.
const MAX_WEIGHTS = 2 ** 28;
const MAX_ITEMS = Math.sqrt(MAX_WEIGHTS);

/**
 * The layout that follows from the configuration and the catalogue alone (DESIGN §4.3).
 *
 * @throws LearningError DATASET_TOO_LARGE
 */
export function gramLayout(
  { scope }: Pick<GramConfig, 'scope'>,
  catalogue: Pick<CanonicalCatalogue, 'items' | 'categories'>,
): GramLayout {
  const groups = scope.kind === 'by-category' ? categoryGroups(catalogue) : [scopeItems(scope, catalogue)];
  const sizes = groups.map(({ length }) => length);
  const weights = sizes.reduce((sum, size) => sum + size * size, 0);
  if (weights > MAX_WEIGHTS) throw tooLarge(sizes);
  return { groups, counts: sizes.reduce((sum, size) => sum + triangleLength(size), 0), weights };
}

function scopeItems(
  scope: Exclude<GramConfig['scope'], { kind: 'by-category' }>,
  { items }: Pick<CanonicalCatalogue, 'items'>,
): ItemGroup {
  const all = Uint32Array.from(items, (_, index) => index);
  if (scope.kind === 'all') return all;
  const listed = new Set(scope.items);
  return all.filter((index) => listed.has(items[index]));
}

/** By an item's first category; the items without any make the first group. */
function categoryGroups({
  items,
  categories,
}: Pick<CanonicalCatalogue, 'items' | 'categories'>): ItemGroup[] {
  const groups = new Map<string, number[]>();
  items.forEach((_, index) => {
    const category = categories[index]?.[0] ?? '';
    const group = groups.get(category);
    if (group) group.push(index);
    else groups.set(category, [index]);
  });
  return [...groups]
    .sort(([a], [b]) => compareBytes(utf8(a), utf8(b)))
    .map(([, group]) => Uint32Array.from(group));
}

function tooLarge(sizes: readonly number[]): LearningError {
  const largest = Math.max(...sizes);
  return new LearningError(
    'DATASET_TOO_LARGE',
    `the weights of ${largest} items among each other do not fit: at most ${MAX_ITEMS} items, or groups with as many weights`,
    {
      facts: { items: largest, groups: sizes.length, most: MAX_ITEMS },
      nextStep: `Count pairs within categories, or list at most ${MAX_ITEMS} items, by a configuration of your own (subModel.scope {"kind": "by-category"}, or "listed"), or use the strategy sisa.`,
    },
  );
}
