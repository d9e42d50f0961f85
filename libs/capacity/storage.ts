/** Bytes of one of each, measured. */
export interface StorageCosts {
  /** In the event store: sealed, with its indexes. */
  readonly event: number;
  /** In the read models. */
  readonly readModelRecord: number;
  /** In the vault, for each person. */
  readonly vaultSubject: number;
  /** In the dataset maps, for each record of a version that is kept. */
  readonly mapRecord: number;
  /** In model files, for each record. */
  readonly modelRecord: number;
  /** Model files of a shard, whatever it holds. */
  readonly modelShard: number;
  /** For each certificate, with its proofs, and its statement. */
  readonly certificate: number;
  /** More of that for each other request of the same rebuild. */
  readonly certificatePerOther: number;
  /** In the ledger, for each entry: leaf, hashes, tiles. */
  readonly ledgerEntry: number;
}

export interface Stored {
  readonly records: number;
  readonly subjects: number;
  readonly shards: number;
  /** Certificates that have been issued. */
  readonly certificates: number;
  /** Other requests in the rebuild of one, on the average. */
  readonly others: number;
  /** Versions that have been published; each has two entries of the ledger. */
  readonly versions: number;
}

/** Bytes by store. */
export function bytesOf(stored: Stored, costs: StorageCosts) {
  const { records, subjects, shards, certificates, others, versions } = stored;
  return {
    events: records * costs.event,
    readModels: records * costs.readModelRecord,
    vault: subjects * costs.vaultSubject,
    maps: records * costs.mapRecord,
    models: shards * costs.modelShard + records * costs.modelRecord,
    certificates: certificates * (costs.certificate + others * costs.certificatePerOther),
    ledger: (certificates + 2 * versions) * costs.ledgerEntry,
  };
}
