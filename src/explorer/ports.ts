import type { Checkpoint } from '#libs/merkle';
import type { ReplayNews } from './replay-view.js';

/** A leaf of the ledger as it is recorded. */
export interface RecordedLeaf {
  readonly index: number;
  /** JSON of a Rekor v2 entry. */
  readonly entry: Uint8Array;
  readonly hash: Uint8Array;
}

/** The published ledger. */
export interface ExploredLedger {
  /** Size and root that the published checkpoint is for. */
  head(): Checkpoint;
  /** That checkpoint, a signed note. */
  checkpoint(): string;
  /** Leaves [from, to); fewer where the log ends before. */
  leaves(from: number, to: number): readonly RecordedLeaf[];
  /** @throws LedgerError, MerkleError when the index is not below the size */
  inclusionProof(index: number, size: number): readonly Uint8Array[];
  /** The published log as static files, the checkpoint last. */
  publishedFiles(): Iterable<{ readonly path: string; readonly content: Uint8Array }>;
}

/** An injection token. */
export const EXPLORED_STATEMENTS = Symbol('EXPLORED_STATEMENTS');

/** What entries of the ledger stand for. */
export interface ExploredStatements {
  /** Sigstore bundle of a certificate. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  certificate(requestId: string): Promise<unknown>;
  /** The file of proofs that it names. @throws CertificationError CERTIFICATE_NOT_ISSUED, PROOFS_NOT_KEPT */
  proofs(requestId: string): Promise<Uint8Array>;
  /** The model version that a certificate is about; undefined before any was published. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  certifiedVersion(
    requestId: string,
  ): Promise<{ readonly line: string; readonly version: number } | undefined>;
  /** Proofs that the records of a request are in no version since. @throws ErasureError, CertificationError */
  absence(requestId: string): Promise<Uint8Array>;
  /** Sigstore bundle of what is no certificate. @throws CertificationError STATEMENT_NOT_KEPT */
  statement(index: number): Promise<unknown>;
  /** @throws ErasureError REQUEST_UNKNOWN */
  requireRequest(requestId: string): void;
}

/** Who cosigned a checkpoint, as a policy weighs it. */
export interface WitnessedCheckpoint {
  readonly satisfied: boolean;
  readonly cosigned: readonly { readonly name: string; readonly at: string }[];
}

/** Weighs a signed note; undefined where the installation asks for no witnesses. */
export type WeighCheckpoint = (note: string) => WitnessedCheckpoint | undefined;

/** A replay that somewhere else works on. */
export interface RunningReplay {
  /** Stops it at once; nothing of it is left. */
  cancel(): void;
  /** Resolves when nothing runs any more, after the last of its news; never rejects. */
  readonly ended: Promise<void>;
}

/** Replays certificates where it does not hold up answers to others. */
export interface ReplayRunner {
  /** @param tell hears how it goes on, its end last, unless it is cancelled */
  run(requestId: string, tell: (news: ReplayNews) => void): RunningReplay;
}
