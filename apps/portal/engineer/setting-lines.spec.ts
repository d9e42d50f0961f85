import { describe, expect, it } from '@jest/globals';
import { settingLines } from './setting-lines.js';

describe('the settings of an installation', () => {
  it('are told one a line, by the names that lead to them', () =>
    expect(
      settingLines({
        origin: 'a.example',
        receiptDays: 90,
        consent: { controller: 'A', categories: ['x', 'y'] },
      }),
    ).toEqual([
      { name: 'origin', value: 'a.example' },
      { name: 'receiptDays', value: '90' },
      { name: 'consent.controller', value: 'A' },
      { name: 'consent.categories', value: 'x, y' },
    ]));

  it('that are lists of more than words are told as they are written', () =>
    expect(settingLines({ purposes: [{ id: 'ads' }], none: null })).toEqual([
      { name: 'purposes', value: '[{"id":"ads"}]' },
      { name: 'none', value: 'null' },
    ]));
});
