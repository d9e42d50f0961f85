import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex, utf8 } from '#libs/essentials';
import { SparseMap, sparseMapRoot, verifyInMap, verifyNotInMap, type SparseEntry } from './index.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** Keys that often share long prefixes, so that paths are deep and empty siblings occur. */
const crowdedKey = fc.tuple(fc.nat(3), fc.nat(255)).map(([head, tail]) => {
  const key = new Uint8Array(32);
  key[0] = head;
  key[31] = tail;
  return key;
});
const entry = fc.record({
  key: fc.oneof(bytes32, crowdedKey),
  value: fc.uint8Array({ minLength: 1, maxLength: 32 }),
});
const members = fc.uniqueArray(entry, { selector: ({ key }) => toHex(key), minLength: 1, maxLength: 30 });

const refusal = (code: string) => expect.objectContaining({ name: 'MerkleError', code });

/** One present and one absent key in a map. */
const scene = fc
  .record({ entries: members, absent: fc.oneof(bytes32, crowdedKey), pick: fc.nat() })
  .filter(({ entries, absent }) => entries.every(({ key }) => toHex(key) !== toHex(absent)))
  .map(({ entries, absent, pick }) => ({
    map: new SparseMap(entries),
    present: entries[pick % entries.length],
    absent,
  }));

const small: SparseEntry[] = [
  { key: Uint8Array.from({ length: 32 }, () => 0x00), value: utf8('low') },
  { key: Uint8Array.from({ length: 32 }, () => 0x40), value: utf8('middle') },
  { key: Uint8Array.from({ length: 32 }, () => 0xff), value: utf8('high') },
];

describe('a sparse map', () => {
  it('has the root that sparseMapRoot computes', () => {
    fc.assert(
      fc.property(members, (entries) => {
        expect(new SparseMap(entries).root).toEqual(sparseMapRoot(entries));
      }),
    );
  });

  it('proves that a present key is there with its value, and not with another', () => {
    fc.assert(
      fc.property(scene, ({ map, present }) => {
        const proof = map.prove(present.key);
        verifyInMap(map.root, present.key, present.value, proof);
        const otherValue = Uint8Array.from([...present.value, 0]);
        expect(() => verifyInMap(map.root, present.key, otherValue, proof)).toThrow(
          refusal('SPARSE_ROOT_MISMATCH'),
        );
      }),
    );
  });

  it('proves that an absent key is absent, and never that it is present', () => {
    fc.assert(
      fc.property(scene, ({ map, present, absent }) => {
        const proof = map.prove(absent);
        verifyNotInMap(map.root, absent, proof);
        expect(() => verifyInMap(map.root, absent, present.value, { siblings: proof.siblings })).toThrow(
          refusal('SPARSE_ROOT_MISMATCH'),
        );
      }),
    );
  });

  it('never proves that a present key is absent', () => {
    fc.assert(
      fc.property(scene, ({ map, present, absent }) => {
        const own = map.prove(present.key);
        expect(() => verifyNotInMap(map.root, present.key, own)).toThrow(refusal('SPARSE_ROOT_MISMATCH'));
        expect(() => verifyNotInMap(map.root, present.key, map.prove(absent))).toThrow();
      }),
    );
  });

  it('proves absence in the empty map with no hashes at all', () => {
    const map = new SparseMap([]);
    expect(map.prove(small[0].key)).toEqual({ siblings: [] });
    verifyNotInMap(map.root, small[0].key, { siblings: [] });
  });

  it('refuses a proof with one bit of one hash flipped', () => {
    const map = new SparseMap(small);
    const proof = map.prove(small[0].key);
    expect(proof.siblings).toHaveLength(2);
    for (const at of [0, 1]) {
      const siblings = proof.siblings.map((hash) => hash.slice());
      siblings[at][31] ^= 1;
      expect(() => verifyInMap(map.root, small[0].key, small[0].value, { siblings })).toThrow(
        refusal('SPARSE_ROOT_MISMATCH'),
      );
    }
  });

  it('refuses a proof of absence that shows a leaf from elsewhere in the map', () => {
    const map = new SparseMap(small);
    const absent = new Uint8Array(32).fill(0x80);
    const elsewhere = { key: small[0].key, valueHash: new Uint8Array(32) };
    expect(() =>
      verifyNotInMap(map.root, absent, { siblings: map.prove(absent).siblings, other: elsewhere }),
    ).toThrow(refusal('SPARSE_PROOF_OF_OTHER_KEY'));
  });

  it.each([
    ['more than 256 hashes', { siblings: Array.from({ length: 257 }, () => new Uint8Array(32)) }],
    ['a hash of 31 bytes', { siblings: [new Uint8Array(31)] }],
    ['the leaf of the key itself', { siblings: [], other: { key: small[0].key, valueHash: small[0].key } }],
    ['a short value hash', { siblings: [], other: { key: small[1].key, valueHash: new Uint8Array(5) } }],
  ])('refuses a proof of absence with %s', (_, proof) => {
    expect(() => verifyNotInMap(new Uint8Array(32), small[0].key, proof)).toThrow(
      refusal('SPARSE_PROOF_MALFORMED'),
    );
  });

  it('refuses keys that are not 32 bytes and a proof of inclusion with a foreign leaf', () => {
    const map = new SparseMap(small);
    expect(() => map.prove(new Uint8Array(33))).toThrow(refusal('SPARSE_KEY_LENGTH'));
    expect(() =>
      verifyInMap(map.root, small[0].key, small[0].value, {
        siblings: [],
        other: { key: small[1].key, valueHash: small[1].key },
      }),
    ).toThrow(refusal('SPARSE_PROOF_MALFORMED'));
  });
});
