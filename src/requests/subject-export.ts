import { stringify } from 'csv-stringify/sync';
import { keyNames } from '#libs/contracts';
import { ErasureError, isExport, type RequestState } from '#libs/erasure';
import { toBase64Url, utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import type { RequestSummary } from '#libs/portal-contract';
import type { ItemTitles, PersonsConsents, SubjectRecords } from './ports.js';
import type { RequestBook } from './request-book.js';
import type { RequestPolicy } from './request-policy.js';

export interface SubjectExportParts {
  readonly book: RequestBook;
  readonly vault: Pick<Vault, 'keyState'>;
  readonly subjects: Pick<SubjectRecords, 'stored' | 'categoriesOf'>;
  readonly titles: ItemTitles;
  readonly consents: PersonsConsents;
  readonly summary: (state: RequestState) => RequestSummary;
  readonly policy: Pick<RequestPolicy, 'exportDays'>;
  readonly now: () => string;
}

const MILLISECONDS_A_DAY = 86_400_000;
const COLUMNS = [
  ...([
    'section',
    'time',
    'item',
    'title',
    'categories',
    'type',
    'value',
    'purpose',
    'state',
    'reference',
  ] as const),
];

type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

/**
 * Everything that is held about a person, for the person (GDPR Art. 15); for somebody who takes it elsewhere (Art. 20) what came from the
 * person. It is made when it is fetched, from what is held then, and kept nowhere.
 */
export class SubjectExport {
  constructor(private readonly parts: SubjectExportParts) {}

  /**
   * Until when it can be fetched, in milliseconds since the epoch, as long as the request was answered, not too long ago, and the person is not
   * erased; otherwise undefined.
   */
  keptUntil(state: RequestState): number | undefined {
    const { vault, policy, now } = this.parts;
    const isAnswered = state.status === 'prepared' || state.status === 'closed-answered';
    if (!isExport(state.kind) || !isAnswered) return undefined;
    const end = Date.parse(state.receivedAt) + policy.exportDays * MILLISECONDS_A_DAY;
    const isThere = Date.parse(now()) <= end && vault.keyState(keyNames.profile(state.subject)) === 'live';
    return isThere ? end : undefined;
  }

  isKept(state: RequestState): boolean {
    return this.keptUntil(state) !== undefined;
  }

  /** @throws ErasureError EXPORT_NOT_KEPT */
  async json(state: RequestState): Promise<Uint8Array> {
    const { rows } = await this.content(state);
    return utf8(`${JSON.stringify(rows, undefined, 2)}\n`);
  }

  /** One table, a row for everything; what a spreadsheet would take for a formula is made text. @throws ErasureError EXPORT_NOT_KEPT */
  async csv(state: RequestState): Promise<Uint8Array> {
    const { rows } = await this.content(state);
    const table: Row[] = [
      ...rows.records.map(({ categories, label, ...row }) => ({
        section: 'record',
        ...row,
        categories: categories.join('; '),
        reference: label,
      })),
      ...rows.consents.map(({ purpose, event, recordId }) => ({
        section: 'consent',
        time: event.time,
        purpose,
        state: event.state,
        reference: recordId,
      })),
      ...(rows.requests ?? []).map(({ requestId, kind, phase, clock }) => ({
        section: 'request',
        time: clock.receivedAt,
        type: kind,
        state: phase,
        reference: requestId,
      })),
    ];
    return utf8(stringify(table, { header: true, columns: [...COLUMNS], escape_formulas: true }));
  }

  private async content(state: RequestState) {
    const { requestId, subject, kind } = state;
    if (!this.isKept(state))
      throw new ErasureError('EXPORT_NOT_KEPT', 'there is no export to fetch', {
        facts: { requestId },
        nextStep: 'Ask for access again: an export can be fetched for some days after it was asked for.',
      });
    const { book, consents, summary, now } = this.parts;
    const rows = {
      exportedAt: now(),
      pseudonym: subject,
      records: await this.records(subject),
      consents: await consents.of(subject),
      // What was made of it here does not come from the person (Art. 20).
      ...(kind === 'access' && { requests: book.ofSubject(subject).map((request) => summary(request)) }),
    };
    return { rows };
  }

  private async records(subject: string) {
    const { subjects, titles } = this.parts;
    const records = await subjects.stored(subject);
    const items = [...new Set(records.map(({ item }) => item))];
    const described = await titles.describe(items);
    const categories = await subjects.categoriesOf(new Set(items));
    return [...records]
      .sort((a, b) => a.time - b.time)
      .map(({ label, item, type, time, value, purpose }) => ({
        time: new Date(time * 1000).toISOString(),
        item,
        title: described.get(item)?.title ?? item,
        categories: categories.get(item) ?? [],
        type,
        value,
        purpose,
        label: toBase64Url(label),
      }));
  }
}
