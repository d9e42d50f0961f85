import type { LogKeyRotation, SignerKeyRotation } from '#libs/certificate';
import type { DataOf, LedgerEvent } from '#libs/contracts';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';
import type { Notary } from '#stages/certification';
import type { Ledger } from '#stages/ledger';
import type { CertificateSigners } from './certificate-signers.js';

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
  await announceLogKey(announcing, rotation);
  return rotation;
}

/**
 * Announces the next key that signs certificates, in the ledger. The one in use signs `overlap` entries more, for the same reason.
 *
 * @throws LedgerError LEDGER_ROTATION_UNDER_WAY
 */
export async function rotateSignerKey(
  announcing: Announcing & { readonly signers: CertificateSigners },
  overlap: number,
): Promise<SignerKeyRotation> {
  const rotation = announcing.ledger.planSignerRotation(overlap, announcing.signers.next);
  await announceSignerKey(announcing, rotation);
  return rotation;
}

/** Completes an announcement that a crash cut off between its leaf and its event; repeating it changes nothing. */
export async function finishRotations(announcing: Announcing): Promise<void> {
  const { ledger } = announcing;
  for (const rotation of ledger.rotations()) await announceLogKey(announcing, rotation);
  for (const rotation of ledger.signerRotations()) await announceSignerKey(announcing, rotation);
}

async function announceLogKey({ notary, store }: Announcing, rotation: LogKeyRotation): Promise<void> {
  const ledgerIndex = await notary.logKeyRotation(rotation);
  await record(store, 'LogKeyAnnounced', { ...rotation, ledgerIndex }, rotation.vkey);
}

async function announceSignerKey({ notary, store }: Announcing, rotation: SignerKeyRotation): Promise<void> {
  const ledgerIndex = await notary.signerKeyRotation(rotation);
  await record(store, 'SignerKeyAnnounced', { ...rotation, ledgerIndex }, rotation.publicKey);
}

async function record<T extends LedgerEvent['type']>(
  store: Announcing['store'],
  type: T,
  data: DataOf<T>,
  key: string,
): Promise<void> {
  const { origin } = data;
  await store.append(streamNames.ledger(origin), [{ id: namedEventId(type, origin, key), type, data }]);
}
