import type { DatedLogKey, SignerKey } from '#libs/certificate';
import { noteKey, type KeyPeriod } from '#libs/merkle';
import type { LedgerIdentity, RecordedKey } from './ledger-store.js';

/** The keys of a log with their periods, oldest first: each is in force from the leaf that announces it, beside the one before it. */
export function keyHistory(
  { origin, publicKey, beganAt }: LedgerIdentity,
  announced: readonly RecordedKey[],
): DatedLogKey[] {
  return [{ publicKey, announcedAt: beganAt }, ...announced].map((key, generation) => ({
    key: noteKey(origin, key.publicKey),
    ...periodOf(generation, announced),
    validFrom: key.announcedAt,
    validUntil: announced.at(generation)?.predecessorRetiredOn,
  }));
}

/**
 * The keys that sign what stands in the log, in the same way.
 * @param first the one that was never announced
 */
export function signerHistory(first: Uint8Array, announced: readonly RecordedKey[]): SignerKey[] {
  return [first, ...announced.map(({ publicKey }) => publicKey)].map((publicKey, generation) => ({
    publicKey,
    ...periodOf(generation, announced),
  }));
}

/** Generation 0 was not announced, so `announced` begins with 1. */
function periodOf(generation: number, announced: readonly RecordedKey[]): KeyPeriod {
  const from = generation === 0 ? 0 : announced[generation - 1].ledgerIndex + 1;
  return { from, until: announced.at(generation)?.retiresAt ?? null };
}
