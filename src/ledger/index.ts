export { Ledger, type LedgerOptions } from './ledger.js';
export { LedgerError, type LedgerErrorCode } from './ledger-error.js';
