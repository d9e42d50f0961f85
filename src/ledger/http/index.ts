export { ledgerPrefix } from './ledger-prefix.js';
export { LedgerModule } from './ledger.module.js';
