import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { splitLine } from './csv-line.js';

describe('splitting a line', () => {
  it.each<[string, string, string[]]>([
    ['a,b,c', ',', ['a', 'b', 'c']],
    ['a::b::', '::', ['a', 'b', '']],
    ['"a,b",c', ',', ['a,b', 'c']],
    ['"a ""b""",c', ',', ['a "b"', 'c']],
    ['"",""', ',', ['', '']],
    ['a,"b"', ',', ['a', 'b']],
    ['"a",', ',', ['a', '']],
  ])('%j gives its fields', (line, delimiter, fields) => {
    expect(splitLine(line, delimiter)).toEqual(fields);
  });

  it.each(['"a', '"a"b,c', '"a""'])('refuses %j', (line) => {
    expect(splitLine(line, ',')).toBeUndefined();
  });

  it('agrees with a CSV parser on whatever RFC 4180 can write in one line', () => {
    const field = fc.string().filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(field, { minLength: 2, maxLength: 5 }), (fields) => {
        const line = fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
        expect(splitLine(line, ',')).toEqual(fields);
        expect(splitLine(line, ',')).toEqual(parse(line)[0]);
      }),
    );
  });
});
