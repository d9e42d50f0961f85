import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes, TextTable, utf8 } from './index.js';

describe('a table of texts', () => {
  it('finds each text by its bytes, wherever they stand, and nothing else', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 60 });
    fc.assert(
      fc.property(texts, texts, (known, asked) => {
        const table = new TextTable(known);
        for (const text of [...known, ...asked]) {
          const bytes = utf8(text);
          const found = table.indexOf(concatBytes(utf8('xy'), bytes, utf8('z')), 2, 2 + bytes.length);
          expect(found).toBe(known.indexOf(text));
        }
      }),
    );
  });

  it('has nothing when it is empty', () => {
    expect(new TextTable([]).indexOf(utf8(''), 0, 0)).toBe(-1);
  });
});
