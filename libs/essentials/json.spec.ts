import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithShared } from '#libs/testkit';
import { canonicalJson, fromHex, fromUtf8, parseStrictJson, utf8 } from './index.js';

const refusal = (code: string) => expect.objectContaining({ name: 'EncodingError', code });

describeWithShared('vectors/jcs/testdata', 'JCS vectors (RFC 8785)', (folder) => {
  const names = readdirSync(join(folder, 'input')).filter((name) => name.endsWith('.json'));

  it.each(names)('%s becomes the expected bytes', (name) => {
    const hex = readFileSync(join(folder, 'outhex', name.replace('.json', '.txt')), 'utf8');
    const input = readFileSync(join(folder, 'input', name), 'utf8');
    expect(utf8(canonicalJson(JSON.parse(input)))).toEqual(fromHex(hex.replace(/\s/g, '')));
  });

  it.each(names)('%s in canonical form stays as it is, also through the strict parser', (name) => {
    const output = fromUtf8(Uint8Array.from(readFileSync(join(folder, 'output', name))));
    expect(canonicalJson(parseStrictJson(output))).toBe(output);
  });
});

describe('canonical JSON', () => {
  // Samples of RFC 8785 appendix B: IEEE 754 bits in hexadecimal, expected text.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('writes the double %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['an unpaired surrogate', '\ud800'],
    ['an unpaired surrogate behind a backslash', { a: '\\\udfff' }],
    ['an unpaired surrogate in a key', { '\udc00': 1 }],
    ['a bigint', 1n],
    ['infinity deep inside', { a: [{ b: Number.NEGATIVE_INFINITY }] }],
  ])('does not exist for %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(refusal('JSON_NOT_CANONICALIZABLE'));
  });

  it('exists for text that only looks like an escaped surrogate', () => {
    expect(canonicalJson('\\ud800')).toBe('"\\\\ud800"');
  });

  it('does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 2 })), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });
});

describe('the strict JSON parser', () => {
  it('reads what JSON.parse reads when nothing is doubtful', () => {
    const value = fc.jsonValue({ noUnicodeString: false }).filter((json) => !hasLargeInteger(json));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (json, indent) => {
        const text = JSON.stringify(json, undefined, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never reads a text that JSON.parse refuses', () => {
    const nearJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '0', '\u0000'))
      .map(([json, at, noise]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + noise + json.slice(cut + 1);
      });
    fc.assert(
      fc.property(nearJson, (text) => {
        if (!parses(() => JSON.parse(text))) expect(() => parseStrictJson(text)).toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a key that stands twice', '{"a":1,"a":2}', 'JSON_DUPLICATE_KEY'],
    ['a key that stands twice in two spellings', '{"a":1,"\\u0061":2}', 'JSON_DUPLICATE_KEY'],
    ['2^53 + 1', '9007199254740993', 'JSON_NUMBER_NOT_EXACT'],
    ['2^53, which stands for itself and its neighbour', '9007199254740992', 'JSON_NUMBER_NOT_EXACT'],
    ['a number beyond doubles', '1e400', 'JSON_NUMBER_NOT_EXACT'],
    ['an unpaired surrogate', '"\\ud800"', 'JSON_MALFORMED'],
    ['a leading zero', '01', 'JSON_TRAILING_DATA'],
    ['a plus sign', '+1', 'JSON_MALFORMED'],
    ['a number without digits after the point', '1.', 'JSON_TRAILING_DATA'],
    ['NaN', 'NaN', 'JSON_MALFORMED'],
    ['single quotes', "{'a':1}", 'JSON_MALFORMED'],
    ['a comma at the end', '[1,]', 'JSON_MALFORMED'],
    ['a comment', '[1/*one*/]', 'JSON_MALFORMED'],
    ['a control character in a string', '"\t"', 'JSON_MALFORMED'],
    ['an unknown escape', '"\\x41"', 'JSON_MALFORMED'],
    ['a byte order mark', '\ufeff{}', 'JSON_MALFORMED'],
    ['a space that is not of JSON', '\u00a0{}', 'JSON_MALFORMED'],
    ['two documents', '{}{}', 'JSON_TRAILING_DATA'],
    ['an open object', '{"a":1', 'JSON_MALFORMED'],
    ['nothing', '', 'JSON_MALFORMED'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parseStrictJson(text)).toThrow(refusal(code));
  });

  it('takes the largest integer a double holds exactly', () => {
    expect(parseStrictJson('[9007199254740991,-9007199254740991]')).toEqual([2 ** 53 - 1, 1 - 2 ** 53]);
  });

  it('takes numbers written with fraction or exponent for the doubles they are', () => {
    expect(parseStrictJson('[1e17,0.1,-2.5E-3]')).toEqual([1e17, 0.1, -0.0025]);
  });

  it('takes __proto__ as the ordinary key it is', () => {
    const value = parseStrictJson('{"__proto__":{"admin":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  it('reads a line as it reads the same text with a space behind it, or refuses both for the same reason', () => {
    const outcome = (text: string): unknown => {
      try {
        return parseStrictJson(text);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.maxSafeInteger(), fc.constant(null));
    const line = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '1', 'ü'), leaf), { maxLength: 4 })
      .map(
        (members) => `{${members.map((one) => one.map((part) => JSON.stringify(part)).join(':')).join(',')}}`,
      );
    fc.assert(fc.property(line, (text) => expect(outcome(text)).toEqual(outcome(`${text} `))));
    for (const text of [
      '{"a":9007199254740992}',
      '{"a":1,"a":1}',
      '{"a":-0}',
      '{"a":{"a":1}}',
      '{"a":"\ud800"}',
    ])
      expect(outcome(text)).toEqual(outcome(`${text} `));
  });

  it('stops at the depth and length it is told', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseStrictJson(nested(64))).not.toThrow();
    expect(() => parseStrictJson(nested(66))).toThrow(refusal('JSON_TOO_DEEP'));
    expect(() => parseStrictJson('['.repeat(1_000_000))).toThrow(refusal('JSON_TOO_DEEP'));
    expect(() => parseStrictJson('[1]', { maxLength: 2 })).toThrow(refusal('JSON_TOO_LARGE'));
  });

  it('reads a string of a megabyte', () => {
    const long = 'x'.repeat(2 ** 20);
    expect(parseStrictJson(JSON.stringify(long))).toBe(long);
  });

  it('says where it stopped', () => {
    expect(() => parseStrictJson('{"a":1,"a":2}')).toThrow(expect.objectContaining({ facts: { at: 10 } }));
  });
});

function parses(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** jsonValue makes doubles such as 1e300, which as integers are beyond what the parser takes. */
function hasLargeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return value !== null && typeof value === 'object' && Object.values(value).some(hasLargeInteger);
}
