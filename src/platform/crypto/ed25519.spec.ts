import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import fc from 'fast-check';
import { concatBytes, fromHex, utf8 } from '#libs/essentials';
import { checkPublicKey, signerFromSeed, verifySignature } from '#libs/merkle';
import { nodeSignerFromSeed, nodeVerifySignature } from './index.js';

interface EdgeCase {
  readonly name: string;
  readonly holds: boolean;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

const { cases } = JSON.parse(readFileSync('test/vectors/ed25519-edge-cases.json', 'utf8')) as {
  cases: EdgeCase[];
};
const { Point } = ed25519;
const signer = signerFromSeed(new Uint8Array(32).fill(7));
const message = utf8('a checkpoint');
const honest = signer.sign(message);

/** What both say, as they must say the same. */
function holds(publicKey: Uint8Array, signature: Uint8Array, signed = message): boolean {
  const verdicts = [verifySignature, nodeVerifySignature].map((verify) =>
    verify(publicKey, signed, signature),
  );
  expect(verdicts[0]).toBe(verdicts[1]);
  return verdicts[0];
}

describe('an Ed25519 signature holds everywhere or nowhere', () => {
  it.each(cases)('$name: $holds', ({ publicKey, message: signed, signature, holds: expected }) => {
    expect(holds(fromHex(publicKey), fromHex(signature), fromHex(signed))).toBe(expected);
  });

  it('when it is honest', () => {
    expect(holds(signer.publicKey, honest)).toBe(true);
  });

  it('and is the same whoever makes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, signed) => {
        const [portable, native] = [signerFromSeed(seed), nodeSignerFromSeed(seed)];
        expect(native.publicKey).toEqual(portable.publicKey);
        expect(native.sign(signed)).toEqual(portable.sign(signed));
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('with S and the group order added, which is another spelling', () => {
    const s = bytesToNumberLE(honest.subarray(32)) + Point.Fn.ORDER;
    expect(holds(signer.publicKey, concatBytes(honest.subarray(0, 32), numberToBytesLE(s, 32)))).toBe(false);
  });

  it('with a point of low order added to R, which the cofactor would forgive', () => {
    const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
    const r = Point.fromBytes(honest.subarray(0, 32)).add(torsion).toBytes();
    expect(holds(signer.publicKey, concatBytes(r, honest.subarray(32)))).toBe(false);
  });

  it('under a key that was checked before, and changed since', () => {
    const key = Uint8Array.from(signer.publicKey);
    checkPublicKey(key);
    checkPublicKey(key); // the second time from memory
    expect(holds(key, honest)).toBe(true);
    key[0] ^= 1;
    expect(holds(key, honest)).toBe(false);
    const weak = new Uint8Array(32);
    for (let time = 0; time < 2; time++)
      expect(() => checkPublicKey(weak)).toThrow(expect.objectContaining({ code: 'KEY_LOW_ORDER' }));
  });

  it.each([
    ['01', '00', '00'],
    ['01', '00', '80'],
    ['ec', 'ff', '7f'],
    ['ec', 'ff', 'ff'],
    ['00', '00', '00'],
    ['ed', 'ff', '7f'],
    ['ee', 'ff', 'ff'],
  ])('under a key %s%s…%s that many signatures would fit', (first, middle, last) => {
    const weak = fromHex(`${first}${middle.repeat(30)}${last}`);
    const identity = Point.ZERO.toBytes();
    expect(holds(weak, concatBytes(identity, new Uint8Array(32)))).toBe(false);
  });

  it('with S or R zero', () => {
    const zero = new Uint8Array(32);
    expect(holds(signer.publicKey, concatBytes(honest.subarray(0, 32), zero))).toBe(false);
    expect(holds(signer.publicKey, concatBytes(zero, honest.subarray(32)))).toBe(false);
  });

  it('of any other length', () => {
    for (const length of [0, 32, 63, 65, 128])
      expect(holds(signer.publicKey, new Uint8Array(length))).toBe(false);
    for (const length of [0, 31, 33]) expect(holds(new Uint8Array(length), honest)).toBe(false);
  });

  it('after any change to key, message or signature', () => {
    const all = concatBytes(signer.publicKey, honest, message);
    fc.assert(
      fc.property(fc.nat({ max: all.length * 8 - 1 }), (bit) => {
        const bytes = all.with(bit >> 3, all[bit >> 3] ^ (1 << (bit & 7)));
        expect(holds(bytes.slice(0, 32), bytes.slice(32, 96), bytes.slice(96))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
