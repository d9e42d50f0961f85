import { describe, expect, it } from '@jest/globals';
import { formatIn } from './format.js';
import { preferredLocale } from './locale.js';

describe('times and numbers', () => {
  const en = formatIn('en', 'UTC');
  const de = formatIn('de', 'UTC');

  it('are written as the language does', () => {
    expect([en.date('2026-03-01T12:00:00Z'), de.date('2026-03-01T12:00:00Z')]).toEqual([
      '1 Mar 2026',
      '01.03.2026',
    ]);
    expect([en.number(12345), de.number(12345)]).toEqual(['12,345', '12.345']);
  });

  it('take the unit that is read most easily', () => {
    expect([12, 300, 7200].map(en.duration)).toEqual(['12 secs', '5 mins', '2 hrs']);
    expect([1500, 2_500_000].map(en.bytes)).toEqual(['1.5 kB', '2.5 MB']);
  });
});

describe('the language of the portal', () => {
  it('is the one that was chosen before', () => expect(preferredLocale('de', ['en-GB'])).toBe('de'));
  it('is else the first of the browser’s that there are messages for', () =>
    expect(preferredLocale(null, ['fr-FR', 'de-AT', 'en'])).toBe('de'));
  it('is English for everybody else', () => expect(preferredLocale('xx', ['fr'])).toBe('en'));
});
