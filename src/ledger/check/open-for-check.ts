import { trustFiles, type TrustFiles } from '#libs/certificate';
import { keyHistory, signerHistory } from '../key-history.js';
import { LedgerError } from '../ledger-error.js';
import { LedgerStore } from '../ledger-store.js';

/**
 * Opens a ledger's database for reading only, with what it says of the keys that the log and its signers have had.
 *
 * @throws LedgerError LEDGER_UNAVAILABLE, LEDGER_DAMAGED
 */
export function openLedgerForCheck(file: string): {
  readonly store: LedgerStore;
  readonly trustFiles: (firstSigner: Uint8Array) => TrustFiles;
} {
  const store = LedgerStore.open(file, { readOnly: true });
  const identity = store.recordedIdentity();
  if (identity !== undefined)
    return {
      store,
      trustFiles: (firstSigner) =>
        trustFiles(
          keyHistory(identity, store.announcedKeys('log')),
          signerHistory(firstSigner, store.announcedKeys('signer')),
        ),
    };
  store.close();
  throw new LedgerError('LEDGER_DAMAGED', 'no log was begun in the ledger database', {
    nextStep: 'Restore ledger.db from a backup that is not older than the published checkpoint.',
  });
}
