import type { Page, PageQuery } from './paging.js';

export type EntryType = 'certificate' | 'genesis' | 'publication' | 'revocation' | 'key-rotation' | 'unknown';

/*
 * Auditor (role auditor). The ledger's own files stay public under /ledger; the portal verifies from those in the browser.
 * GET  /v1/explorer/entries → Page<EntrySummary>;         GET /v1/explorer/entries/{index} → EntryDetail
 * GET  /v1/explorer/checkpoints → Page<CheckpointView>, newest first
 * GET  /v1/explorer/certificates/{requestId} → Sigstore bundle;  …/proofs → file of proofs
 * POST /v1/explorer/absence { requestId } → file of absence proofs (as `lacuna proofs absence` writes it)
 * POST /v1/explorer/replays { requestId } → 202 ReplayView; one runs at a time, the others wait; one of a request that is not over is answered again
 * GET  /v1/explorer/replays → ReplayView[], newest first; GET …/{replayId} → ReplayView; DELETE …/{replayId} → ReplayView: cancels it
 * GET  …/{replayId}/events: server-sent ReplayView, until it is over. Results are kept until the server is started again.
 * GET  /v1/explorer/bundle/{requestId}: tar with certificate, proofs, trust files, ledger files, and a README that says how to verify
 *      without us
 * GET  /v1/trust, public → TrustView
 */
export interface EntriesQuery extends PageQuery {
  /**
   * Index, request pseudonym, model line, or the beginning of a digest (hex, 8 digits and more): of the statement (for a certificate its
   * own), of the leaf, of the manifest or genesis that the statement is about. The name of a model line comes first.
   */
  readonly search?: string;
  readonly type?: EntryType;
  /** When it was logged, ISO 8601, both inclusive. */
  readonly from?: string;
  readonly until?: string;
}
export interface EntrySummary {
  readonly index: number;
  readonly type: EntryType;
  /** When it was logged, coarse; absent when no event tells. */
  readonly at?: string;
  readonly requestId?: string;
  readonly line?: string;
  readonly version?: number;
  /** SHA-256 of the statement's payload, hex. */
  readonly payloadDigest: string;
  /** RFC 6962 §2.1, hex. */
  readonly leafHash: string;
}
export interface EntryDetail extends EntrySummary {
  /** The leaf as it is hashed: JSON of a Rekor v2 dsse entry. */
  readonly entry: unknown;
  /** Sigstore bundle of what it stands for; absent when it is not kept. */
  readonly statement?: unknown;
  /** Against the checkpoint that is published now. */
  readonly proof: {
    /** A signed note. */
    readonly checkpoint: string;
    readonly treeSize: number;
    readonly rootHash: string;
    /** Hex, from the leaf upwards (RFC 6962 §2.1.1). */
    readonly hashes: readonly string[];
  };
}
export interface CheckpointView {
  readonly size: number;
  readonly rootHash: string;
  readonly at: string;
  /** Absent where no witnesses are asked for, or nothing is kept that shows who cosigned this one. */
  readonly witnesses?: {
    /** Whether it has the cosignatures that the policy of now asks for. */
    readonly satisfied: boolean;
    readonly cosigned: readonly { readonly name: string; readonly at: string }[];
  };
}
export type EntriesPage = Page<EntrySummary>;

export interface TrustView {
  /** By file name, as lacuna-verify takes them in --trust. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ReplayView {
  readonly replayId: string;
  readonly requestId: string;
  /** `partial`: records were erased since, and what could be checked holds. */
  readonly state: 'queued' | 'running' | 'matched' | 'diverged' | 'partial' | 'failed' | 'cancelled';
  /** When it was asked for. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** What is being done. */
  readonly stage?: 'verifying' | 'reading' | 'training' | 'comparing';
  /** Events of the log that were read so far. */
  readonly events?: number;
  readonly shards: readonly {
    readonly shard: number;
    /** `lost`: cannot be rebuilt any more, because records of it were erased since. */
    readonly state: 'waiting' | 'running' | 'matched' | 'diverged' | 'lost';
    readonly certifiedDigest: string;
    readonly replayedDigest?: string;
    /** Code of what differs: records, dataset root, a round, or the bytes. */
    readonly divergence?: string;
    /** First round whose digest differs, from 1; absent where no round is listed, or something before them differs. */
    readonly firstDivergence?: number;
  }[];
  /** Of a replay that ended: the claim's report, or what could be checked and what not, or one coded error. */
  readonly report?: unknown;
  readonly problem?: { readonly code: string; readonly title: string; readonly nextStep?: string };
}
