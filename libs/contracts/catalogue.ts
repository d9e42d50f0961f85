import { canonicalJson, compareBytes, sha256, toHex, utf8 } from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';
import type { ModelConfig } from './model.js';

/**
 * An entry of the catalogue as it is described: an item, or a feature that a person may state of themselves, such as `age=25`. Not personal
 * (DESIGN §4.3).
 */
export interface CatalogueItem {
  readonly item: string;
  readonly title: string;
  readonly categories: readonly string[];
  /** Absent: an item. Features are never recommended, nor drawn as negatives, nor counted among items. */
  readonly kind?: 'feature';
}

/**
 * Commits to a catalogue version: sparse Merkle root, hex, over SHA-256(item id) → SHA-256(canonical JSON of the description). The kind is
 * part of a feature's description.
 * @throws MerkleError when an item stands twice
 */
export function catalogueRoot(items: readonly CatalogueItem[]): string {
  const entries = items.map(({ item, title, categories, kind }) => ({
    key: sha256(utf8(item)),
    value: sha256(utf8(canonicalJson({ item, title, categories, ...(kind !== undefined && { kind }) }))),
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

/** Ids of a catalogue version in the order in which models index them: items with the categories of each, and features. */
export interface CatalogueIds {
  readonly items: readonly string[];
  readonly categories: readonly (readonly string[])[];
  readonly features: readonly string[];
}

export function catalogueLists(entries: readonly CatalogueItem[]): CatalogueIds {
  const described = new Map(entries.map((one) => [one.item, one.categories]));
  const items = sortedItemIds(entries.filter(({ kind }) => kind === undefined));
  const features = sortedItemIds(entries.filter(({ kind }) => kind === 'feature'));
  return { items, categories: items.map((item) => described.get(item) ?? []), features };
}

/**
 * What a line may use: by the purpose that a record was consented to, the catalogue's entries that it may be of. Where a line takes features,
 * people consent to that apart from the rest.
 */
export type UsableEntries = ReadonlyMap<string, ReadonlySet<string>>;

export function usableEntries(
  { purpose, profilePurpose }: Pick<ModelConfig, 'purpose' | 'profilePurpose'>,
  { items, features }: Pick<CatalogueIds, 'items' | 'features'>,
): UsableEntries {
  const usable = new Map([[purpose, new Set(items)]]);
  return profilePurpose === undefined ? usable : usable.set(profilePurpose, new Set(features));
}
