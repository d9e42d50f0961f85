/**
 * Records that jobs train on, for workers that hold no keys: put there by the keeper for as long as a job needs them, and nowhere else.
 * A worker reads exactly what the keeper has taken, whatever was recorded since (docs/decisions/0034).
 */
export interface TrainingInputs {
  /** @param digest SHA-256 of all pieces, one after the other, hex */
  put(pieces: readonly Uint8Array[], digest: string): Promise<void>;
  /** Undefined where they are not there any more; what comes back has the digest. */
  get(digest: string): Promise<Uint8Array | undefined>;
  /** Destroys all others. */
  keepOnly(digests: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}
