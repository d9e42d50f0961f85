/**
 * Wraps the vault's key-encryption key under a key that never leaves its service. Asked when the vault is opened, moved or
 * rotated, and never in between. Whatever goes wrong is a KeyServiceError, so that nothing is opened by accident; refusals are
 * told at once, and what may pass (no answer, too many calls) is tried a few times first.
 */
export interface KeyWrapper {
  /**
   * @param context stored in plain and authenticated with the key: the same is needed to unwrap
   * @returns printable text that only this service's key opens
   * @throws KeyServiceError
   */
  wrap(kek: Uint8Array, context: string): Promise<string>;
  /** @throws KeyServiceError KEY_SERVICE_KEY_WRONG for another key's, another context's or a changed text; … */
  unwrap(wrapped: string, context: string): Promise<Uint8Array>;
  /** Lets the service make its key anew: `wrap` then uses the new version, and `unwrap` still opens what older ones wrapped. */
  rotate(): Promise<void>;
}
