import { describe, expect, it } from '@jest/globals';
import { checkCalendar, dayNumber, dueAt, shiftedBy, type LegalCalendar } from './clock.js';

const utc: LegalCalendar = { timeZone: 'UTC', holidays: [] };
const berlin: LegalCalendar = {
  timeZone: 'Europe/Berlin',
  holidays: ['2026-04-03', '2026-04-06', '05-01', '12-25', '12-26', '01-01'],
};
const due = (from: string, calendar = utc, extended = false) =>
  dueAt({ from, regime: 'gdpr', extended }, calendar);

describe('the time to answer under the GDPR', () => {
  it.each([
    ['2026-03-16T08:30:00.000Z', '2026-04-16T23:59:59.999Z', 'is one calendar month, to the end of the day'],
    ['2026-12-08T00:00:00.000Z', '2027-01-08T23:59:59.999Z', 'crosses the year'],
    [
      '2027-01-31T10:00:00.000Z',
      '2027-03-01T23:59:59.999Z',
      'is clamped to 28 February, a Sunday, and rolls on to Monday',
    ],
    ['2028-01-31T10:00:00.000Z', '2028-02-29T23:59:59.999Z', 'knows leap years'],
    ['2026-08-31T23:59:59.999Z', '2026-09-30T23:59:59.999Z', 'ends with a shorter month'],
    [
      '2026-01-31T10:00:00.000Z',
      '2026-03-02T23:59:59.999Z',
      'rolls over from a Saturday into the next month',
    ],
  ])('%s → %s: %s', (from, expected) => {
    expect(due(from)).toBe(expected);
  });

  it('passes over public holidays, of one year and of every year', () => {
    expect(due('2026-03-03T10:00:00.000Z', berlin)).toBe('2026-04-07T21:59:59.999Z'); // Good Friday to Easter Monday
    expect(due('2026-11-25T10:00:00.000Z', berlin)).toBe('2026-12-28T22:59:59.999Z'); // two days of Christmas, a weekend
    expect(due('2027-04-01T10:00:00.000Z', berlin)).toBe('2027-05-03T21:59:59.999Z');
  });

  it('counts days where the controller is, also across a change of clocks', () => {
    expect(due('2026-03-01T23:30:00.000Z', berlin)).toBe('2026-04-02T21:59:59.999Z'); // 2 March there; summer time since
    expect(due('2026-09-25T12:00:00.000Z', berlin)).toBe('2026-10-26T22:59:59.999Z'); // the Sunday of 25 hours is passed over
    const beirut = { timeZone: 'Asia/Beirut', holidays: [] };
    expect(due('2023-02-24T12:00:00.000Z', beirut)).toBe('2023-03-24T21:59:59.999Z');
  });

  it('is three months when it was extended, counted from the receipt and not from a clamped day', () => {
    expect(due('2027-01-31T10:00:00.000Z', utc, true)).toBe('2027-04-30T23:59:59.999Z');
    expect(due('2026-11-30T10:00:00.000Z', utc, true)).toBe('2027-03-01T23:59:59.999Z'); // 28 February is a Sunday
  });
});

describe('the time to answer under the CCPA', () => {
  it('is 45 calendar days, 90 when it was extended, whatever day that is', () => {
    const ccpa = (extended: boolean) =>
      dueAt({ from: '2026-01-01T08:00:00.000Z', regime: 'ccpa', extended }, utc);
    expect([ccpa(false), ccpa(true)]).toEqual(['2026-02-15T23:59:59.999Z', '2026-04-01T23:59:59.999Z']); // a Sunday
  });
});

describe('a clock that stood still', () => {
  it('runs on as if everything before had happened so much later', () => {
    const pause = { since: '2026-03-10T00:00:00.000Z', until: '2026-03-15T12:00:00.000Z' };
    expect(shiftedBy('2026-03-01T10:00:00.000Z', pause)).toBe('2026-03-06T22:00:00.000Z');
  });

  it('never runs backwards, should the clock have been set back meanwhile', () => {
    const pause = { since: '2026-03-10T00:00:00.000Z', until: '2026-03-09T00:00:00.000Z' };
    expect(shiftedBy('2026-03-01T10:00:00.000Z', pause)).toBe('2026-03-01T10:00:00.000Z');
  });
});

describe('days that are left', () => {
  it('are days of the calendar where the controller is', () => {
    const left = (due: string, now: string, calendar: LegalCalendar) =>
      dayNumber(due, calendar) - dayNumber(now, calendar);
    expect(left('2026-04-16T23:59:59.999Z', '2026-04-16T00:00:00.000Z', utc)).toBe(0);
    expect(left('2026-04-16T21:59:59.999Z', '2026-04-14T22:30:00.000Z', berlin)).toBe(1);
    expect(left('2026-04-16T23:59:59.999Z', '2026-04-18T09:00:00.000Z', utc)).toBe(-2);
    expect(dayNumber('1970-01-01T00:00:00.000Z', utc)).toBe(0);
  });
});

describe('a calendar', () => {
  it.each([
    { timeZone: 'Europe/Nowhere', holidays: [] },
    { timeZone: 'UTC', holidays: ['2026-02-30'] },
    { timeZone: 'UTC', holidays: ['13-01'] },
    { timeZone: 'UTC', holidays: ['Easter'] },
  ])('is refused with a zone or a day that does not exist: %j', (calendar) => {
    expect(() => checkCalendar(calendar)).toThrow(RangeError);
  });

  it('may name days of one year and of every year', () => {
    expect(() => checkCalendar(berlin)).not.toThrow();
  });
});
