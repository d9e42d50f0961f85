import { Temporal } from 'temporal-polyfill';
import type { Regime } from '#libs/contracts';

/** Which days are working days, and where. */
export interface LegalCalendar {
  /** IANA name, e.g. `Europe/Berlin`: a day ends when it ends there. */
  readonly timeZone: string;
  /** Public holidays: `2026-04-03` for one, `12-25` for every year's. */
  readonly holidays: readonly string[];
}

/** What the time to answer is reckoned from. */
export interface Period {
  /** ISO 8601: the receipt, later by as long as the time stood still. */
  readonly from: string;
  readonly regime: Regime;
  readonly extended: boolean;
}

const MONTHS = { first: 1, extended: 3 }; // GDPR Art. 12(3)
const CALENDAR_DAYS = { first: 45, extended: 90 }; // Cal. Civ. Code § 1798.130(a)(2)(A)
const SATURDAY = 6;

/**
 * The last millisecond of the time to answer. Under the GDPR: one calendar month, three when it was extended, ending with the last hour of
 * the day that bears the same number, or of the month's last day where there is none (Regulation 1182/71 Art. 3(2)(c)); when that is no
 * working day, with the last hour of the next one (Art. 3(4)). Under the CCPA 45 calendar days, 90 when it was extended.
 *
 * @example
 * dueAt({ from: '2026-01-31T10:00:00.000Z', regime: 'gdpr', extended: false }, { timeZone: 'UTC', holidays: [] });
 * // '2026-03-02T23:59:59.999Z': 28 February 2026 is a Saturday
 */
export function dueAt({ from, regime, extended }: Period, calendar: LegalCalendar): string {
  const received = dayOf(from, calendar);
  const length = extended ? 'extended' : 'first';
  const last =
    regime === 'ccpa'
      ? received.add({ days: CALENDAR_DAYS[length] })
      : workingDayFrom(received.add({ months: MONTHS[length] }, { overflow: 'constrain' }), calendar);
  return endOf(last, calendar);
}

/**
 * Whether the time stands still while it is not clear who asks (GDPR Art. 12(6)). Under the CCPA it runs on, however long that takes
 * (11 CCR § 7021(b)).
 */
export const standsStillInDoubt = (regime: Regime): boolean => regime !== 'ccpa';

/** When the time began to run that ran for a while and then stood still: as if everything before had happened so much later. */
export function shiftedBy(
  from: string,
  stoodStill: { readonly since: string; readonly until: string },
): string {
  const paused = Date.parse(stoodStill.until) - Date.parse(stoodStill.since);
  return new Date(Date.parse(from) + Math.max(0, paused)).toISOString();
}

/** @throws RangeError when the time zone or a holiday is none */
export function checkCalendar({ timeZone, holidays }: LegalCalendar): void {
  Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
  for (const holiday of holidays)
    if (holiday.length === 5) Temporal.PlainMonthDay.from(holiday);
    else Temporal.PlainDate.from(holiday);
}

const EPOCH = Temporal.PlainDate.from('1970-01-01');

/** Days since 1970 as somebody in the time zone counts them: the difference of two is how many days are left. */
export function dayNumber(time: string, calendar: Pick<LegalCalendar, 'timeZone'>): number {
  return EPOCH.until(dayOf(time, calendar), { largestUnit: 'days' }).days;
}

function dayOf(time: string, { timeZone }: Pick<LegalCalendar, 'timeZone'>): Temporal.PlainDate {
  return Temporal.Instant.from(time).toZonedDateTimeISO(timeZone).toPlainDate();
}

function workingDayFrom(day: Temporal.PlainDate, calendar: LegalCalendar): Temporal.PlainDate {
  const holidays = new Set(calendar.holidays);
  let working = day;
  while (
    working.dayOfWeek >= SATURDAY ||
    holidays.has(working.toString()) ||
    holidays.has(working.toString().slice(5))
  )
    working = working.add({ days: 1 });
  return working;
}

/** The next day's first moment, which need not be midnight where clocks are changed, less one millisecond. */
function endOf(day: Temporal.PlainDate, { timeZone }: LegalCalendar): string {
  const next = day.add({ days: 1 }).toZonedDateTime(timeZone);
  return new Date(next.epochMilliseconds - 1).toISOString();
}
