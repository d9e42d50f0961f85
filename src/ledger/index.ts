export { LedgerModule } from './http/ledger.module.js';
export { Ledger, type LedgerOptions } from './ledger.js';
export { LedgerError, type LedgerErrorCode } from './ledger-error.js';
