import type { ModelManifest } from '#libs/contracts';
import type { LedgerReceipt, LogKeyRotation } from '#libs/certificate';
import type { NoteKey } from '#libs/merkle';
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
}

/** Bundles of statements by their index in the ledger. */
export interface StatementArchive {
  /** Durable when it resolves; the first bundle of an index stays. */
  keep(index: number, bundle: string): Promise<void>;
}

/** What a certificate says about models. */
export interface CertifiedModels {
  /** The line whose version the rebuild has made; the one that requests are unlearned from where there was no rebuild. */
  line(rebuildId: string | null): Promise<ModelLineState>;
  manifestOf(version: PublishedVersion): Promise<ModelManifest>;
}
