import type { ReplayKeys } from '#libs/verification';

/** Keys of a replay, wherever they came from. */
export interface OpenedReplayKeys extends ReplayKeys {
  /** @throws VerificationError REPLAY_KEY_MISSING */
  partitionKey(line: string): Uint8Array;
  close(): void;
}
