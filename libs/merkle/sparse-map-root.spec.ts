import { hash as nodeHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHex, sha256, toHex, utf8 } from '#libs/essentials';
import { describeWithShared } from '#libs/testkit';
import { sparseMapRoot, type SparseEntry } from './index.js';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const value = fc.uint8Array({ minLength: 1, maxLength: 40 });
const entries = fc.uniqueArray(fc.record({ key, value }), {
  selector: (entry) => toHex(entry.key),
  maxLength: 40,
});

/** The rule of DESIGN §6 written down as it reads, one bit at a time, without sorting. */
function plainRoot(members: readonly SparseEntry[], depth = 0): Uint8Array {
  if (members.length === 0) return new Uint8Array(32);
  if (members.length === 1)
    return sha256(Uint8Array.from([0, ...members[0].key, ...sha256(members[0].value)]));
  const bit = (entry: SparseEntry) => (entry.key[depth >> 3] & (0x80 >> (depth & 7))) !== 0;
  const left = plainRoot(
    members.filter((entry) => !bit(entry)),
    depth + 1,
  );
  const right = plainRoot(members.filter(bit), depth + 1);
  return sha256(Uint8Array.from([1, ...left, ...right]));
}

describe('the root of a sparse Merkle map', () => {
  it('is the same as the rule read literally gives, also for keys that share long prefixes', () => {
    const near = fc.uniqueArray(fc.nat(2 ** 16 - 1), { minLength: 2, maxLength: 20 }).map((tails) =>
      tails.map((tail) => ({
        key: Uint8Array.from([...new Uint8Array(30), tail >> 8, tail & 0xff]),
        value: utf8('v'),
      })),
    );
    fc.assert(
      fc.property(fc.oneof(entries, near), (members) => {
        expect(toHex(sparseMapRoot(members))).toBe(toHex(plainRoot(members)));
      }),
    );
  });

  it('does not depend on the order in which records arrived', () => {
    fc.assert(
      fc.property(
        entries.chain((members) =>
          fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })),
        ),
        ([members, shuffled]) => {
          expect(sparseMapRoot(shuffled)).toEqual(sparseMapRoot(members));
        },
      ),
    );
  });

  it("is the same under the platform's own SHA-256", () => {
    const native = (message: Uint8Array) => Uint8Array.from(nodeHash('sha256', message, 'buffer'));
    fc.assert(
      fc.property(entries, (members) => {
        expect(sparseMapRoot(members, native)).toEqual(sparseMapRoot(members));
      }),
    );
  });

  it('refuses a key that stands twice, even with the same value', () => {
    const entry = { key: new Uint8Array(32).fill(7), value: utf8('DATA') };
    const other = { key: new Uint8Array(32).fill(9), value: utf8('DATA') };
    expect(() => sparseMapRoot([entry, other, entry])).toThrow(
      expect.objectContaining({ code: 'SPARSE_KEY_DUPLICATE' }),
    );
  });

  it.each([
    ['SPARSE_KEY_LENGTH', { key: new Uint8Array(31), value: utf8('DATA') }],
    ['SPARSE_VALUE_EMPTY', { key: new Uint8Array(32), value: new Uint8Array() }],
  ])('refuses an entry with %s', (code, entry) => {
    expect(() => sparseMapRoot([entry])).toThrow(expect.objectContaining({ code }));
  });
});

describeWithShared(
  'vectors/sparse-merkle/test_vectors/sparse_merkle_tree',
  'sparse Merkle vectors',
  (folder) => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    it.each(files)('%s', (name) => {
      const { expectedRoot, steps } = parseVector(readFileSync(join(folder, name), 'utf8'));
      const map = new Map<string, string>();
      for (const step of steps)
        if (step.data === '') map.delete(step.key);
        else map.set(step.key, step.data);
      const members = [...map].map(([hexKey, data]) => ({ key: fromHex(hexKey), value: utf8(data) }));
      expect(toHex(sparseMapRoot(members))).toBe(expectedRoot);
    });
  },
);

/** The vectors use one fixed YAML layout; a deletion is a step without data. */
function parseVector(text: string): { expectedRoot: string; steps: { key: string; data: string }[] } {
  const field = (part: string, name: string) =>
    new RegExp(`${name}:\\n +encoding: \\S+\\n +value: "?([^"\\n]*)"?`).exec(part)?.[1];
  const [head, ...steps] = text.split('- action: ');
  const expectedRoot = field(head, 'expected_root') ?? '';
  return {
    expectedRoot,
    steps: steps.map((step) => ({ key: field(step, 'key')!, data: field(step, 'data') ?? '' })),
  };
}
