import type { ModelManifest } from '#libs/contracts';
import type { LedgerReceipt } from '#libs/certificate';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';

/** The Merkle ledger; the same leaf is appended once and answered with its first index. */
export interface LedgerWriter {
  append(leaf: Uint8Array): Promise<LedgerReceipt>;
}

/** What a certificate says about models. */
export interface CertifiedModels {
  /** The line whose version the rebuild has made; the one that requests are unlearned from where there was no rebuild. */
  line(rebuildId: string | null): Promise<ModelLineState>;
  manifestOf(version: PublishedVersion): Promise<ModelManifest>;
}
