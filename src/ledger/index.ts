export { ledgerPrefix } from './http/ledger-prefix.js';
export { LedgerModule } from './http/ledger.module.js';
export { Ledger, type LedgerOptions, type Logged } from './ledger.js';
export { LedgerError, type LedgerErrorCode } from './ledger-error.js';
