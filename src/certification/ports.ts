import type { ModelManifest } from '#libs/contracts';
import type { LedgerReceipt, LogKeyRotation, SignerKeyRotation } from '#libs/certificate';
import type { KeyPeriod, NoteKey, Signer } from '#libs/merkle';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';

/** What the ledger hands back, and the key by which a bundle names the log. */
export interface LoggedReceipt extends LedgerReceipt {
  readonly logKey: NoteKey;
}

/** The Merkle ledger; the same leaf is appended once and answered with its first index. */
export interface LedgerWriter {
  append(leaf: Uint8Array): Promise<LoggedReceipt>;
  /** Appends the leaf of a rotation; from then on the log signs with the announced key, too. */
  announce(leaf: Uint8Array, rotation: LogKeyRotation): Promise<LoggedReceipt>;
  /** Appends the leaf of a rotation of the key that signs statements. */
  announceSigner(leaf: Uint8Array, rotation: SignerKeyRotation): Promise<LoggedReceipt>;
  /** The index that a leaf gets which is appended in this very turn, at most. */
  nextIndex(): number;
  /** Whether the same bytes were appended before. */
  holds(leaf: Uint8Array): boolean;
}

/** Who signs statements, and the indexes at which theirs may stand. */
export interface StatementSigner extends KeyPeriod {
  readonly signer: Signer;
}

/** Bundles of statements by their index in the ledger. */
export interface StatementArchive {
  /** Durable when it resolves; the first bundle of an index stays. */
  keep(index: number, bundle: string): Promise<void>;
}

/** A version, and what its publication says of it. */
export interface Publication {
  readonly manifest: ModelManifest;
  readonly manifestDigest: string;
  readonly publishedAt: string;
  /** The map of deleted labels. */
  readonly tombstones: MapSummary;
}

/** Root in hex. */
export interface MapSummary {
  readonly root: string;
  readonly count: number;
}

/** The dataset of a shard in a version. */
export interface ShardDataset {
  readonly line: string;
  readonly shard: number;
  readonly version: number;
  /** Hex. */
  readonly datasetRoot: string;
}

/** Proofs about dataset maps. Where a map was lost there is none. */
export interface DatasetProofs {
  /** Of how a dataset became the next; `gone`: labels that are in the one before only. */
  delta(
    before: ShardDataset,
    after: ShardDataset,
    labels: readonly Uint8Array[],
  ):
    | {
        readonly proof: Uint8Array;
        readonly gone: readonly Uint8Array[];
        readonly deleted: number;
        readonly added: number;
      }
    | undefined;
  absence(dataset: ShardDataset, labels: readonly Uint8Array[]): Uint8Array | undefined;
  /** Of how the labels of a request came into the map of deleted labels. */
  tombstones(
    requestId: string,
    labels: readonly Uint8Array[],
  ): Promise<{ readonly before: MapSummary; readonly after: MapSummary; readonly proof: Uint8Array }>;
}

/** What a certificate says about models. */
export interface CertifiedModels {
  /** The line whose version the rebuild has made; the one that requests are unlearned from where there was no rebuild. */
  line(rebuildId: string | null): Promise<ModelLineState>;
  manifestOf(version: PublishedVersion): Promise<ModelManifest>;
  /** All of them, oldest first. */
  lines(): Promise<readonly ModelLineState[]>;
}
