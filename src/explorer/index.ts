export { ExplorerError, type ExplorerErrorCode } from './explorer-error.js';
export { EntrySearch } from './entry-search.js';
export { LEDGER_INDEX } from './index-entities.js';
export { LedgerIndex } from './ledger-index.js';
export { openExplorer, type Explorer } from './open-explorer.js';
export type { TrustFolderFiles } from './offline-bundle.js';
export type {
  ExploredLedger,
  ExploredStatements,
  ReplayRunner,
  RunningReplay,
  WeighCheckpoint,
  WitnessedCheckpoint,
} from './ports.js';
export type { ReplayEnd, ReplayNews } from './replay-view.js';
export { Replays } from './replays.js';
