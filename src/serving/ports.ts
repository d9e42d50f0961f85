import type { CatalogueIds, Genesis, ModelManifest, StoredRecord } from '#libs/contracts';
import type { Partition } from '#libs/sharding';

/** A published version, ready to be loaded. */
export interface PublishedModel {
  readonly genesis: Genesis;
  readonly manifest: ModelManifest;
  readonly partition: Partition;
}

export interface PublishedModels {
  /** The version that serves now; undefined before the first training. */
  current(): Promise<PublishedModel | undefined>;
}

export interface ModelFileReader {
  /** @throws RegistryError when the file is missing or its digest is not the one asked for */
  get(digest: string): Promise<Uint8Array>;
}

export interface ServedCatalogue {
  /** The entries of a catalogue version, sorted. */
  at(position: bigint): Promise<CatalogueIds>;
  /** Items that may no longer be offered. */
  withdrawn(): Promise<ReadonlySet<string>>;
  /** Waits for nothing: the items are those of a version that serves. */
  known(
    items: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly title: string; readonly categories: readonly string[] }>>;
}

export interface PresentRecords {
  /** Records that may be used now: consented to, not quarantined. */
  recordsOf(subject: string): Promise<readonly StoredRecord[]>;
}

export interface ItemDegrees {
  /** How many records that may be used now each item has over all people. */
  count(query: {
    readonly purpose: string;
    readonly catalogue: ReadonlySet<string>;
  }): Promise<ReadonlyMap<string, number>>;
}

export interface SubjectDirectory {
  findSubject(externalId: string): string | undefined;
}
