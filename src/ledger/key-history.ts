import type { DatedLogKey } from '#libs/certificate';
import { noteKey } from '#libs/merkle';
import type { LedgerIdentity, RecordedKey } from './ledger-store.js';

/** The keys of a log with their periods, oldest first: each is in force from the leaf that announces it, beside the one before it. */
export function keyHistory(
  { origin, publicKey, beganAt }: LedgerIdentity,
  announced: readonly RecordedKey[],
): DatedLogKey[] {
  const first = { publicKey, from: 0, validFrom: beganAt };
  const later = announced.map((key) => ({
    publicKey: key.publicKey,
    from: key.ledgerIndex + 1,
    validFrom: key.announcedAt,
  }));
  return [first, ...later].map((key, generation) => {
    const next = announced.at(generation);
    return {
      key: noteKey(origin, key.publicKey),
      from: key.from,
      until: next?.retiresAt ?? null,
      validFrom: key.validFrom,
      validUntil: next?.predecessorRetiredOn,
    };
  });
}
