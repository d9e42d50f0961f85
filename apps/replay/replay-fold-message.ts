import type { ModelConfig, PartitionConfig } from '#libs/contracts';
import { EventStoreError, VaultError } from '#libs/messaging';
import { ShardingError } from '#libs/sharding';
import {
  VerificationError,
  type ReplayedRecords,
  type ReplayShare,
  type ReplayWanted,
} from '#libs/verification';
import { refusals, type Refusal } from '#platform/threads';
import { ReplayError } from './replay-error.js';
import type { ReplayKeySource } from './replay-keys.js';

/** What a thread needs to fold a log into the datasets of one version; it opens the files itself, for reading only. */
export interface ReplayFoldJob {
  /** File of the events. */
  readonly events: string;
  readonly keys: ReplayKeySource;
  readonly line: string;
  readonly wanted: ReplayWanted;
  /** Of the line's configuration. */
  readonly purposes: Pick<ModelConfig, 'purpose' | 'profilePurpose'>;
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
  VaultError,
  ShardingError,
  VerificationError,
  ReplayError,
});
