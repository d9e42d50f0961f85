import { canonicalJson, compareBytes, sha256, toHex, utf8 } from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';

/** An item as the catalogue describes it. Not personal (DESIGN §4.3). */
export interface CatalogueItem {
  readonly item: string;
  readonly title: string;
  readonly categories: readonly string[];
}

/**
 * Commits to a catalogue version: sparse Merkle root, hex, over SHA-256(item id) → SHA-256(canonical JSON of the description).
 * @throws MerkleError when an item stands twice
 */
export function catalogueRoot(items: readonly CatalogueItem[]): string {
  const entries = items.map(({ item, title, categories }) => ({
    key: sha256(utf8(item)),
    value: sha256(utf8(canonicalJson({ item, title, categories }))),
  }));
  return toHex(sparseMapRoot(entries));
}

/** Item ids in the order in which models index them: by their UTF-8 bytes. */
export function sortedItemIds(items: readonly Pick<CatalogueItem, 'item'>[]): string[] {
  return items
    .map(({ item }) => ({ item, bytes: utf8(item) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ item }) => item);
}

/** Ids and categories of a catalogue version, item by item in the order in which models index them. */
export function catalogueLists(items: readonly CatalogueItem[]): {
  readonly items: readonly string[];
  readonly categories: readonly (readonly string[])[];
} {
  const described = new Map(items.map((one) => [one.item, one.categories]));
  const sorted = sortedItemIds(items);
  return { items: sorted, categories: sorted.map((item) => described.get(item) ?? []) };
}
