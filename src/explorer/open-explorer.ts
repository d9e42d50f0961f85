import { Checkpoints } from './checkpoints.js';
import { EntryDetails } from './entry-details.js';
import { EntrySearch } from './entry-search.js';
import { LedgerIndex, type LedgerIndexParts } from './ledger-index.js';
import { OfflineBundles, type TrustFolderFiles } from './offline-bundle.js';
import type { ExploredLedger, ExploredStatements, ReplayRunner, WeighCheckpoint } from './ports.js';
import { Replays } from './replays.js';

export interface ExplorerParts extends LedgerIndexParts {
  readonly ledger: ExploredLedger;
  readonly statements: ExploredStatements;
  readonly trustFiles: () => TrustFolderFiles;
  readonly weigh: WeighCheckpoint;
  readonly runner: ReplayRunner;
  readonly newId: () => string;
  /** ISO 8601. */
  readonly now: () => string;
}

/** What an auditor is shown. */
export interface Explorer {
  readonly search: EntrySearch;
  readonly details: EntryDetails;
  readonly checkpoints: Checkpoints;
  readonly bundles: OfflineBundles;
  readonly replays: Replays;
  readonly statements: ExploredStatements;
  readonly trustFiles: () => TrustFolderFiles;
  close(): Promise<void>;
}

export async function openExplorer(parts: ExplorerParts): Promise<Explorer> {
  const { ledger, statements, trustFiles, weigh } = parts;
  const index = await LedgerIndex.open(parts);
  const replays = new Replays(parts);
  const search = new EntrySearch(index);
  return {
    search,
    details: new EntryDetails(search, ledger, statements),
    checkpoints: new Checkpoints(index, ledger, statements, weigh),
    bundles: new OfflineBundles(ledger, statements, trustFiles),
    replays,
    statements,
    trustFiles,
    close: async () => {
      await replays.close();
      await index.close();
    },
  };
}
