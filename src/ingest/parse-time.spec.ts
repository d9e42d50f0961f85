import { describe, expect, it } from '@jest/globals';
import { parseTime } from './parse-time.js';

describe('reading a time', () => {
  // date -u -d 2026-01-31T08:00:00Z +%s
  it.each([
    ['1769846400', 1_769_846_400],
    ['1769846400.9', 1_769_846_400],
    ['1769846400123', 1_769_846_400],
    ['2026-01-31T08:00:00Z', 1_769_846_400],
    ['2026-01-31T08:00Z', 1_769_846_400],
    ['2026-01-31 09:00:00.250+01:00', 1_769_846_400],
    ['2026-01-31T03:00:00-0500', 1_769_846_400],
    ['2026-01-31', 1_769_817_600],
    ['-1', -1],
    ['0', 0],
  ])('takes %s', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  it.each([
    '',
    'yesterday',
    '2026-01-31T08:00:00',
    '31.01.2026',
    '2026-13-01',
    '1e9',
    '0x10',
    '12345678901234567',
  ])('does not guess what %j means', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
