import type { CheckpointPolicy } from '#libs/certificate';

/** A checkpoint with the cosignatures it could get. */
export interface CosignedNote {
  /** Signed note: the signatures of the log first, cosignatures after them. */
  readonly note: string;
  /** Absent when no policy asks for witnesses. */
  readonly policy?: CheckpointPolicy;
}

/** Whoever has witnesses cosign the checkpoints of the ledger before they are published. */
export interface CheckpointCosigner {
  /**
   * Resolves within a bounded time, whatever the witnesses do. Asks nobody when the note has cosignatures enough.
   *
   * @param note checkpoint that the log signed, perhaps cosigned already
   * @param consistencyFrom proof from an older size (from 1) to that of the checkpoint
   */
  cosign(note: string, consistencyFrom: (oldSize: number) => Uint8Array[]): Promise<CosignedNote>;
}

/** Publishes checkpoints as the log signed them. */
export const NO_WITNESSES: CheckpointCosigner = { cosign: async (note) => ({ note }) };
