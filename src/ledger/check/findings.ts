import type { Facts } from '#libs/essentials';
import type { VerificationErrorCode } from '#libs/verification';

export type LedgerFindingCode =
  | 'LEDGER_TRUNCATED'
  | 'LEDGER_FORKED'
  | 'LEDGER_LEAF_EDITED'
  | 'LEDGER_LEAF_LOST'
  | 'LEDGER_NODE_WRONG'
  | 'LEDGER_NOT_PUBLISHED'
  | 'LEDGER_HISTORY_BACKWARDS'
  | 'LEDGER_CLOCK_ROLLED_BACK'
  | 'LEDGER_EVENT_WITHOUT_LEAF'
  | 'LEDGER_LEAF_WITHOUT_EVENT'
  | 'LEDGER_STATEMENT_MISSING'
  | 'LEDGER_STATEMENT_REFUSED'
  | 'LEDGER_STATEMENT_OF_ANOTHER_LEAF'
  | 'LEDGER_STATEMENT_CONTRADICTS_EVENT';

/** Something about the ledger that is not as it should be. */
export interface LedgerFinding {
  /** Of the published files: what `lacuna-verify log` says about them. */
  readonly code: LedgerFindingCode | VerificationErrorCode;
  readonly message: string;
  readonly facts: Facts;
  readonly nextStep: string;
}

const RESTORE = 'Restore ledger.db from a backup that is not older than the published checkpoint.';
const KEEP = 'Keep everything as it is, and find out who changed it, before anything else is signed.';

const WHAT: Readonly<Record<LedgerFindingCode, readonly [message: string, nextStep: string]>> = {
  LEDGER_TRUNCATED: ['the database holds fewer leaves than were published', RESTORE],
  LEDGER_FORKED: ['a checkpoint was published with another root than the leaves give', KEEP],
  LEDGER_LEAF_EDITED: ['a leaf is not the one that was hashed', RESTORE],
  LEDGER_LEAF_LOST: ['a leaf between others is gone', RESTORE],
  LEDGER_NODE_WRONG: ['a node of the tree is not the hash of what is below it', RESTORE],
  LEDGER_NOT_PUBLISHED: [
    'leaves that are durable are not published yet',
    'Run any command on the data folder, such as `lacuna status`: opening the ledger publishes them.',
  ],
  LEDGER_HISTORY_BACKWARDS: ['the events tell of a checkpoint that is smaller than one before it', KEEP],
  LEDGER_CLOCK_ROLLED_BACK: [
    'times run backwards',
    'See to the clock of this machine; times in statements around this entry cannot be relied upon.',
  ],
  LEDGER_EVENT_WITHOUT_LEAF: ['an event names an entry that the ledger does not hold', RESTORE],
  LEDGER_LEAF_WITHOUT_EVENT: [
    'no event tells of an entry',
    'Run `lacuna resume`, which completes what a crash cut off; if it stays like this, restore events.db from a newer backup.',
  ],
  LEDGER_STATEMENT_MISSING: [
    'the file that says what an entry stands for is missing',
    'Restore it from a backup, a mirror or an export of the ledger.',
  ],
  LEDGER_STATEMENT_REFUSED: [
    'the file that says what an entry stands for does not verify',
    'Restore it from a backup, a mirror or an export of the ledger.',
  ],
  LEDGER_STATEMENT_OF_ANOTHER_LEAF: [
    'the file that says what an entry stands for belongs to another entry',
    'Restore it from a backup, a mirror or an export of the ledger.',
  ],
  LEDGER_STATEMENT_CONTRADICTS_EVENT: ['an entry states something else than its event', KEEP],
};

/** What a check has found, in the order in which it was met. */
export class Findings {
  readonly all: LedgerFinding[] = [];

  add(code: LedgerFindingCode, facts: Facts): void {
    const [message, nextStep] = WHAT[code];
    this.all.push({ code, message, facts, nextStep });
  }

  /** Takes over a refusal of the published files. */
  refused({
    code,
    message,
    facts,
    nextStep = KEEP,
  }: Omit<LedgerFinding, 'nextStep'> & { readonly nextStep?: string }): void {
    this.all.push({ code, message, facts, nextStep });
  }
}
