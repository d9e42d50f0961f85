import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keyNames } from '#libs/contracts';
import { signerFromSeed } from '#libs/merkle';
import type { EventStore } from '#libs/messaging';
import { loadTrust, trustFolderOf, type LogFiles } from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import { openDataFolder, type DataPaths } from '#platform/data-folder';
import { checkLedger, openLedgerForCheck, type LedgerCheckReport } from '#stages/ledger';
import { FileVault } from '#stages/vault';
import { Closers } from './closers.js';
import type { Backends } from './backends.js';
import { kekCustodyOf, type KekOptions } from './kek.js';
import { openEventsToRead } from './open-event-store.js';
import { settingsOf } from './settings.js';

export interface LedgerCheckOptions extends KekOptions {
  readonly folder: string;
  /** Default: everything in the data folder. */
  readonly backends?: Backends;
  /** Milliseconds by which clocks may run backwards. */
  readonly clockTolerance: number;
  readonly onProgress?: (checked: number, size: number) => void;
}

/**
 * Checks the ledger of a data folder against its events, statements and published files. Changes nothing, and needs nothing of it to be
 * whole: an installation that refuses to open can still be checked.
 *
 * @throws DataFolderError, VaultError, EventStoreError, LedgerError where something cannot even be read
 */
export async function checkInstallationLedger(options: LedgerCheckOptions): Promise<LedgerCheckReport> {
  const closers = new Closers();
  try {
    const folder = openDataFolder(options.folder);
    closers.add(() => folder.release());
    const { paths } = folder;
    const kek = await kekCustodyOf(paths, options).load();
    const vault = FileVault.open({ file: paths.vault, kek, readOnly: true });
    closers.add(() => vault.close());
    const events = await eventsOf(paths, options.backends);
    closers.add(() => events.close());
    const { store, trustFiles } = openLedgerForCheck(path.join(paths.root, 'ledger.db'));
    closers.add(() => store.close());
    const signer = signerFromSeed(vault.key(keyNames.signerSeed(0)));
    const trust = loadTrust(trustFolderOf(trustFiles(signer.publicKey)), nodeVerifySignature);
    const { clockTolerance, onProgress } = options;
    const files: LogFiles = { read: (name) => readIfThere(path.join(paths.ledger, name)) };
    const statement = statementsIn(paths);
    return await checkLedger({ store, files, trust, events, statement, clockTolerance, onProgress });
  } finally {
    await closers.close();
  }
}

/** The settings are read only where they are needed, so that a folder without them can be checked, too. */
async function eventsOf({ root, events }: DataPaths, backends: Backends | undefined): Promise<EventStore> {
  const installation = backends?.eventStore ? (await settingsOf(root, {})).installation : '';
  return openEventsToRead({ events, backends, installation });
}

function statementsIn({ statements, certificates }: DataPaths) {
  return ({ index, requestId }: { index: number; requestId?: string }): Promise<Uint8Array | undefined> =>
    readIfThere(
      requestId === undefined
        ? path.join(statements, `${index}.sigstore.json`)
        : path.join(certificates, `${requestId}.sigstore.json`),
    );
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return Uint8Array.from(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
