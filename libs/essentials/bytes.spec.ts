import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  u64be,
  utf8,
} from './bytes.js';

describe('base64', () => {
  // RFC 4648 §10
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('spells %j as %s', (text, base64) => {
    expect(toBase64(utf8(text))).toBe(base64);
    expect(fromUtf8(fromBase64(base64))).toBe(text);
  });

  it('agrees with another implementation on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes);
        expect(toBase64(bytes)).toBe(text.toString('base64'));
        expect(toBase64Url(bytes)).toBe(text.toString('base64url'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['bits that are left over', 'Zh=='],
    ['missing padding', 'Zg'],
    ['padding inside', 'Zg==Zg=='],
    ['too much padding', 'Zg==='],
    ['padding alone', '===='],
    ['a digit of the other alphabet', 'Zg-_'],
    ['white space', 'Zm9v\n'],
    ['a character beyond ASCII', 'Zm9é'],
  ])('is refused with %s', (_, text) => {
    expect(() => fromBase64(text)).toThrow(expect.objectContaining({ code: 'BASE64_MALFORMED' }));
  });

  it.each([
    ['bits that are left over', 'Zh'],
    ['one digit too many', 'Zm9vY'],
    ['padding', 'Zg=='],
    ['a digit of the other alphabet', 'Zm+/'],
  ])('in its URL form is refused with %s', (_, text) => {
    expect(() => fromBase64Url(text)).toThrow(expect.objectContaining({ code: 'BASE64_MALFORMED' }));
  });
});

describe('bytes', () => {
  it('refuse hexadecimal in capitals, of odd length or with other characters', () => {
    expect(fromHex('00ff')).toEqual(Uint8Array.of(0, 255));
    for (const text of ['0', '0F', 'zz'])
      expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'HEX_MALFORMED' }));
  });

  it('refuse UTF-8 that is cut off', () => {
    expect(fromUtf8(utf8('é'))).toBe('é');
    expect(() => fromUtf8(utf8('é').subarray(0, 1))).toThrow(
      expect.objectContaining({ code: 'UTF8_MALFORMED' }),
    );
  });

  it('have the order of memcmp', () => {
    const order = [[], [0], [0, 1], [1], [255]].map((bytes) => Uint8Array.from(bytes));
    expect([...order].reverse().sort(compareBytes)).toEqual(order);
  });

  it('are equal only when every byte is', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  });

  it('hold 64-bit integers big-endian', () => {
    expect(u64be(258n)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2));
  });
});
