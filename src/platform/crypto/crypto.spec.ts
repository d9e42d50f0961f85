import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHex, hmacSha256, sha256, toHex } from '#libs/essentials';
import { nodeAead, nodeHmacSha256, nodeSha256 } from './index.js';

describe('the digests of the platform', () => {
  it('are the portable ones', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        (message, key) => {
          expect(toHex(nodeSha256(message))).toBe(toHex(sha256(message)));
          expect(toHex(nodeHmacSha256(key, message))).toBe(toHex(hmacSha256(key, message)));
        },
      ),
    );
  });
});

describe('AES-256-GCM', () => {
  // McGrew & Viega, "The Galois/Counter Mode of Operation", test case 16.
  const key = nodeAead.prepare(fromHex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'));
  const context = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const box = fromHex(
    'cafebabefacedbaddecaf888' +
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  );
  const plaintext =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';

  it('opens the published vector', () => {
    expect(key.open(box, context)?.toString('hex')).toBe(plaintext);
  });

  it('opens nothing when one bit of box or context is flipped', () => {
    const flipped = (bytes: Uint8Array, bit: number) =>
      Uint8Array.from(bytes, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    for (let bit = 0; bit < box.length * 8; bit++)
      expect(key.open(flipped(box, bit), context)).toBeUndefined();
    for (let bit = 0; bit < context.length * 8; bit += 7)
      expect(key.open(box, flipped(context, bit))).toBeUndefined();
  });

  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: 5_000 }, () =>
      key.seal(new Uint8Array(1), context).toString('hex', 0, 12),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});
