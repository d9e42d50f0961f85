import type { DatedLogKey } from '#libs/certificate';
import { keyHistory } from '../key-history.js';
import { LedgerError } from '../ledger-error.js';
import { LedgerStore } from '../ledger-store.js';

/**
 * Opens a ledger's database for reading only, with the keys that it says the log has had.
 *
 * @throws LedgerError LEDGER_UNAVAILABLE, LEDGER_DAMAGED
 */
export function openLedgerForCheck(file: string): { store: LedgerStore; keys: DatedLogKey[] } {
  const store = LedgerStore.open(file, { readOnly: true });
  const identity = store.recordedIdentity();
  if (identity !== undefined) return { store, keys: keyHistory(identity, store.announcedKeys()) };
  store.close();
  throw new LedgerError('LEDGER_DAMAGED', 'no log was begun in the ledger database', {
    nextStep: 'Restore ledger.db from a backup that is not older than the published checkpoint.',
  });
}
