import type { ModelManifest } from '#libs/contracts';
import type { LedgerReceipt } from '#libs/certificate';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';

/** The Merkle ledger; the same leaf is appended once and answered with its first index. */
export interface LedgerWriter {
  append(leaf: Uint8Array): Promise<LedgerReceipt>;
}

/** What a certificate says about models. */
export interface CertifiedModels {
  /** The line that requests are unlearned from. */
  line(): Promise<ModelLineState>;
  manifestOf(version: PublishedVersion): Promise<ModelManifest>;
}
