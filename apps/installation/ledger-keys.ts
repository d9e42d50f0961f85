import type { LogKeyRotation } from '#libs/certificate';
import type { DataOf, LedgerEvent } from '#libs/contracts';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';
import type { Notary } from '#stages/certification';
import type { Ledger } from '#stages/ledger';

interface Announcing {
  readonly ledger: Ledger;
  readonly notary: Notary;
  readonly store: Pick<EventStore, 'append'>;
}

/**
 * Announces the ledger's next key in the ledger. Until it has `overlap` entries more, checkpoints carry the signatures of both keys, so that
 * verifiers have time to get the new trust files.
 *
 * @throws LedgerError LEDGER_ROTATION_UNDER_WAY
 */
export async function rotateLedgerKey(announcing: Announcing, overlap: number): Promise<LogKeyRotation> {
  const rotation = announcing.ledger.planRotation(overlap);
  await announce(announcing, rotation);
  return rotation;
}

/** Completes an announcement that a crash cut off between its leaf and its event; repeating it changes nothing. */
export async function finishRotations(announcing: Announcing): Promise<void> {
  for (const rotation of announcing.ledger.rotations()) await announce(announcing, rotation);
}

async function announce({ notary, store }: Announcing, rotation: LogKeyRotation): Promise<void> {
  const { origin, vkey } = rotation;
  const ledgerIndex = await notary.logKeyRotation(rotation);
  const type = 'LogKeyAnnounced' satisfies LedgerEvent['type'];
  const data: DataOf<typeof type> = { ...rotation, ledgerIndex };
  await store.append(streamNames.ledger(origin), [{ id: namedEventId(type, origin, vkey), type, data }]);
}
