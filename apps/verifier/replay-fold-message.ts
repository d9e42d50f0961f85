import type { PartitionConfig } from '#libs/contracts';
import { EventStoreError } from '#libs/messaging';
import { ShardingError } from '#libs/sharding';
import {
  VerificationError,
  type ReplayedRecords,
  type ReplayShare,
  type ReplayWanted,
} from '#libs/verification';
import { refusals, type Refusal } from '#platform/threads';
import { VerifierError } from './verifier-error.js';

/** What a thread needs to fold a log into the datasets of one version; it opens the files itself, for reading only. */
export interface ReplayFoldJob {
  /** Files of the events and of the replay keys. */
  readonly events: string;
  readonly keys: string;
  readonly line: string;
  readonly wanted: ReplayWanted;
  readonly purpose: string;
  readonly partition: PartitionConfig;
  readonly cataloguePosition: bigint;
}

export type ReplayFoldTask = ReplayFoldJob & { readonly share: ReplayShare };

/** What a thread says: any number of times how far it has read, and then once what came of it. */
export type ReplayFoldMessage =
  { readonly read: number } | { readonly events: number; readonly folded: ReplayedRecords } | FoldRefusal;

export interface FoldRefusal {
  readonly refusal: Refusal;
  /** Position of the last event that was read. */
  readonly at: bigint;
}

export const { refusalOf, toError } = refusals({
  EventStoreError,
  ShardingError,
  VerificationError,
  VerifierError,
});
