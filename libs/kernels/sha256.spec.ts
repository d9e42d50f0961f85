import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes, utf8 } from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';
import { refusalOf } from '#libs/testkit';
import { kernelSha256, sha256Many, sparseBranches, sparseRoot } from './index.js';

const expected = (message: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(message).digest());

/** 32 bytes that often agree in their first bits, so that paths fork late. */
const keyBytes = fc
  .tuple(fc.constantFrom(0, 1, 0x80, 0xff), fc.nat(31), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([filler, shared, bytes]) => bytes.map((byte, at) => (at < shared ? filler : byte)));

describe('the SHA-256 kernel', () => {
  it('agrees with OpenSSL at every length around the block boundaries', () => {
    for (let length = 0; length < 200; length++) {
      const message = Uint8Array.from({ length }, (_, at) => at * 7 + length);
      expect(kernelSha256(message)).toEqual(expected(message));
    }
  });

  it('hashes messages that lie one behind the other', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 20 }), (messages) => {
        const offsets = new Uint32Array(messages.length + 1);
        messages.forEach(({ length }, at) => (offsets[at + 1] = offsets[at] + length));
        expect(sha256Many(concatBytes(...messages), offsets)).toEqual(concatBytes(...messages.map(expected)));
      }),
    );
  });

  it('refuses offsets that do not cover the messages', () => {
    expect(refusalOf(() => sha256Many(utf8('abc'), Uint32Array.of(0, 2)))).toBe('OFFSETS_INVALID');
  });
});

describe('the root of a large sparse map', () => {
  const entriesOf = (keys: readonly Uint8Array[]) => keys.map((key) => ({ key, value: expected(key) }));
  const rootOf = (keys: readonly Uint8Array[]): Uint8Array =>
    sparseRoot(concatBytes(...keys), concatBytes(...keys.map(expected)));

  it('is the root that libs/merkle computes, whatever the order of the keys', () => {
    fc.assert(
      fc.property(fc.uniqueArray(keyBytes, { maxLength: 40, selector: String }), (keys) => {
        expect(rootOf(keys)).toEqual(sparseMapRoot(entriesOf(keys)));
      }),
    );
  });

  it('takes keys that differ in their last bit only', () => {
    const [low, high] = [new Uint8Array(32), new Uint8Array(32)];
    high[31] = 1;
    expect(rootOf([high, low])).toEqual(sparseMapRoot(entriesOf([low, high])));
  });

  it('takes keys whose paths fork at every depth', () => {
    const keys = Array.from({ length: 256 }, (_, depth) => {
      const key = new Uint8Array(32);
      key[depth >> 3] = 0x80 >> (depth & 7);
      return key;
    });
    expect(rootOf(keys)).toEqual(sparseMapRoot(entriesOf(keys)));
  });

  it('leaves nothing behind that the next map could see', () => {
    const keys = Array.from({ length: 7 }, (_, at) => expected(Uint8Array.of(at)));
    expect(rootOf([])).toEqual(new Uint8Array(32));
    const alone = rootOf(keys.slice(0, 1));
    rootOf(keys);
    expect(rootOf(keys.slice(0, 1))).toEqual(alone);
    expect(rootOf([])).toEqual(new Uint8Array(32));
  });

  it('can be cut into branches by the first bits of the keys', () => {
    const keys = Array.from({ length: 5 }, (_, at) => expected(Uint8Array.of(at)));
    const all = concatBytes(...keys);
    const branches = sparseBranches(all, concatBytes(...keys.map(expected)), 16);
    keys.forEach((key) => {
      const at = (key[0] * 256 + key[1]) * 32; // five keys differ in their first bits, so each branch is a leaf
      expect(branches.slice(at, at + 32)).toEqual(rootOf([key]));
    });
    expect(branches.filter((byte) => byte !== 0).length).toBeLessThanOrEqual(5 * 32);
    expect(refusalOf(() => sparseBranches(concatBytes(...keys, keys[0]), new Uint8Array(192), 3))).toBe(
      'KEY_TWICE',
    );
  });

  it('refuses a key that stands twice, half a key and a missing value', () => {
    const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const refusal = (keys: Uint8Array, values: Uint8Array) => refusalOf(() => sparseRoot(keys, values));
    expect(refusal(concatBytes(one, two, one), new Uint8Array(96))).toBe('KEY_TWICE');
    expect(refusal(one.subarray(1), new Uint8Array(31))).toBe('KEYS_LENGTH_INVALID');
    expect(refusal(concatBytes(one, two), one)).toBe('VALUES_LENGTH_INVALID');
  });
});
