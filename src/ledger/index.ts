export { checkLedger, type LedgerCheckReport } from './check/check-ledger.js';
export type { LedgerFinding } from './check/findings.js';
export { openLedgerForCheck } from './check/open-for-check.js';
export { checkAgainstOutside, extendFromPublished } from './published-ledger.js';
export { Ledger, type LedgerOptions, type Logged } from './ledger.js';
export type { CheckpointCosigner, CosignedNote } from './ports.js';
export { LedgerError, type LedgerErrorCode } from './ledger-error.js';
export { Copying } from './copying.js';
export { ObjectCopy } from './object-copy.js';
