import { stringify } from 'csv-stringify/sync';
import type { RequestState } from '#libs/erasure';
import { CodedError } from '#libs/essentials';
import type { RegisterView } from '#libs/portal-contract';
import { registerEntryOf, registerOf, type Period } from '#libs/register';

/** Why there is no such register. */
export class RegisterError extends CodedError<'REGISTER_PERIOD_REVERSED'> {}

const COLUMNS: readonly (keyof RegisterView['rows'][number])[] = [
  'month',
  'kind',
  'received',
  'completed',
  'refused',
  'cancelled',
  'extended',
  'overdue',
  'medianDays',
];

/** The register of requests, for the supervisory authority. */
export class RegisterDesk {
  constructor(
    private readonly requests: { all(): readonly RequestState[] },
    private readonly now: () => string,
  ) {}

  /** @throws RegisterError REGISTER_PERIOD_REVERSED */
  of(period: Period): RegisterView {
    if (period.from > period.until)
      throw new RegisterError('REGISTER_PERIOD_REVERSED', 'the period ends before it begins', {
        facts: { from: period.from, until: period.until },
        nextStep: 'Give the first day as from and the last one as until.',
      });
    const entries = this.requests.all().flatMap((state) => registerEntryOf(state) ?? []);
    return registerOf(entries, period, this.now());
  }

  /** The current year up to today, where nothing else is said. */
  period({ from, until }: Partial<Period>): Period {
    const today = this.now().slice(0, '2026-01-31'.length);
    return { from: from ?? `${today.slice(0, 4)}-01-01`, until: until ?? today };
  }
}

/**
 * The register as spreadsheets open it: UTF-8 with a byte order mark (they take it for Latin-1 otherwise), CRLF (RFC 4180), and no cell that a
 * spreadsheet would take for a formula.
 */
export function registerCsv({ rows }: Pick<RegisterView, 'rows'>): string {
  return stringify([...rows], {
    header: true,
    columns: [...COLUMNS],
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}
