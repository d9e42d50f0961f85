import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '#libs/testkit';
import { registerCsv, RegisterDesk } from './index.js';

const row = {
  month: '2026-01',
  kind: 'erasure',
  received: 3,
  completed: 2,
  refused: 1,
  cancelled: 0,
  extended: 1,
  overdue: 0,
} as const;

describe('the register as CSV', () => {
  it('begins with a byte order mark, has a header, and lines that end as RFC 4180 says', () => {
    expect(registerCsv({ rows: [{ ...row, medianDays: 2.5 }, row] })).toBe(
      '\ufeffmonth,kind,received,completed,refused,cancelled,extended,overdue,medianDays\r\n' +
        '2026-01,erasure,3,2,1,0,1,0,2.5\r\n2026-01,erasure,3,2,1,0,1,0,\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('makes no formula of %p', (month) => {
    const [, cell] = registerCsv({ rows: [{ ...row, month }] }).split('\r\n');
    expect(cell.replace(/^"/, '').startsWith("'")).toBe(true);
  });
});

describe('the desk of the register', () => {
  const desk = new RegisterDesk({ all: () => [] }, () => '2026-06-01T10:00:00.000Z');

  it('takes this year up to today where nothing else is said', () => {
    expect(desk.period({})).toEqual({ from: '2026-01-01', until: '2026-06-01' });
    expect(desk.period({ from: '2025-01-01', until: '2025-12-31' })).toEqual({
      from: '2025-01-01',
      until: '2025-12-31',
    });
  });

  it('refuses a period that ends before it begins', () => {
    expect(refusalOf(() => desk.of({ from: '2026-02-01', until: '2026-01-31' }))).toBe(
      'REGISTER_PERIOD_REVERSED',
    );
    expect(desk.of(desk.period({})).rows).toEqual([]);
  });
});
