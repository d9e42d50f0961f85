import { hash as nodeHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareBytes, concatBytes, toHex, utf8 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import {
  differenceOfPages,
  MemoryPages,
  PagedSparseMap,
  sparseMapRoot,
  verifyDelta,
  verifyKeys,
  type MapChanges,
  type Sha256Many,
  type SparseEntry,
} from './index.js';

/** The platform's, because these maps are hashed very often. */
const sha256 = (message: Uint8Array): Uint8Array => Uint8Array.from(nodeHash('sha256', message, 'buffer'));
const hashMany: Sha256Many = (messages, offsets) =>
  concatBytes(
    ...Array.from({ length: offsets.length - 1 }, (_, m) =>
      sha256(messages.subarray(offsets[m], offsets[m + 1])),
    ),
  );
const runs = { numRuns: 50 };

type Members = ReadonlyMap<string, SparseEntry>;

const spread = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** Keys that share long prefixes, so that paths are deep, pages full, and lone neighbours occur. */
const crowded = fc.tuple(fc.nat(3), fc.nat(255)).map(([head, tail]) => {
  const key = new Uint8Array(32);
  key[0] = head;
  key[31] = tail;
  return key;
});
const key = fc.oneof(spread, crowded, crowded);
const entry = fc.record({ key, value: fc.uint8Array({ minLength: 1, maxLength: 4 }) });
const members = (maxLength: number): fc.Arbitrary<Members> =>
  fc.array(entry, { maxLength }).map((entries) => new Map(entries.map((one) => [toHex(one.key), one])));

/** A map, and what is done to it: some of its keys go, some entries come or replace what is there, some keys are asked for. */
const scene = fc
  .record({
    before: members(80),
    goes: fc.array(fc.nat(), { maxLength: 70 }),
    comes: members(20),
    asked: fc.array(key, { maxLength: 5 }),
  })
  .map(({ before, goes, comes, asked }) => {
    const names = [...before.keys()];
    const removed = new Set(goes.flatMap((one) => (names.length > 0 ? [names[one % names.length]] : [])));
    const put = [...comes].filter(([name]) => !removed.has(name));
    const after = new Map([...before].filter(([name]) => !removed.has(name)).concat(put));
    const ask = asked.filter((one) => !removed.has(toHex(one)) && !comes.has(toHex(one)));
    return {
      before,
      after,
      removed: [...removed].map((name) => before.get(name)!.key),
      put: put.map(([, one]) => one),
      ask: distinct(ask),
    };
  });

function distinct(keys: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(keys.map((one) => [toHex(one), one])).values()];
}

const hashed = ({ key: label, value }: SparseEntry) => ({ key: label, valueHash: sha256(value) });
const root = (some: Members) => sparseMapRoot([...some.values()], sha256);

function built(some: Members, pages = new MemoryPages()): MemoryPages {
  const entries = [...some.values()];
  new PagedSparseMap(pages, hashMany).build(
    concatBytes(...entries.map((one) => one.key)),
    concatBytes(...entries.map((one) => sha256(one.value))),
  );
  return pages;
}

function changed(before: Members, changes: MapChanges) {
  const pages = new MemoryPages(built(before));
  return { pages, ...new PagedSparseMap(pages, hashMany).change(changes) };
}

const changesOf = ({
  removed,
  put,
  ask,
}: {
  removed: Uint8Array[];
  put: SparseEntry[];
  ask: Uint8Array[];
}): MapChanges => ({
  remove: removed,
  put: put.map(hashed),
  ask,
});

/** Everything that a proof of the story is about. */
const askedIn = ({ removed, put, ask }: { removed: Uint8Array[]; put: SparseEntry[]; ask: Uint8Array[] }) => [
  ...removed,
  ...put.map((one) => one.key),
  ...ask,
];

const refusal = (code: string) => expect.objectContaining({ name: 'MerkleError', code });

describe('a map kept in pages', () => {
  it('has the root that sparseMapRoot computes, when it is built and after every change', () => {
    fc.assert(
      fc.property(scene, (story) => {
        const { root: after, count } = changed(story.before, changesOf(story));
        expect(toHex(after)).toBe(toHex(root(story.after)));
        expect(count).toBe(story.after.size);
      }),
      runs,
    );
  });

  it('has the pages that building the same map anew would write, whatever came before', () => {
    fc.assert(
      fc.property(scene, (story) => {
        const { pages } = changed(story.before, changesOf(story));
        const anew = built(story.after);
        expect(differenceOfPages(pages, anew)).toEqual({ put: [], remove: [] });
        const byChange = new PagedSparseMap(pages, hashMany).prove(
          [...story.after.values()].map((one) => one.key),
        );
        const byBuilding = new PagedSparseMap(anew, hashMany).prove(
          [...story.after.values()].map((one) => one.key),
        );
        expect(byChange).toEqual(byBuilding);
      }),
      runs,
    );
  });

  it('says what has to change for it to have other entries, also from the pages of both alone', () => {
    fc.assert(
      fc.property(scene, ({ before, after, removed, put }) => {
        const entries = [...after.values()];
        const difference = new PagedSparseMap(built(before), hashMany).differenceTo(
          concatBytes(...entries.map((one) => one.key)),
          concatBytes(...entries.map((one) => sha256(one.value))),
        );
        expect(difference.remove).toEqual([...removed].sort(compareBytes));
        const isNews = ({ key: label, value }: SparseEntry) => {
          const was = before.get(toHex(label));
          return was === undefined || compareBytes(was.value, value) !== 0;
        };
        const news = put.filter(isNews).sort((a, b) => compareBytes(a.key, b.key));
        expect(difference.put).toEqual(news.map(hashed));
        expect(differenceOfPages(built(before), built(after))).toEqual(difference);
      }),
      runs,
    );
  });

  it('leaves the version it was made from as it was', () => {
    fc.assert(
      fc.property(scene, (story) => {
        const earlier = built(story.before);
        const later = new MemoryPages(earlier);
        new PagedSparseMap(later, hashMany).change(changesOf(story));
        const asked = [...story.before.values()].map((one) => one.key);
        const { proof } = new PagedSparseMap(earlier, hashMany).prove(asked);
        expect(verifyKeys(root(story.before), asked, proof, sha256)).toHaveLength(asked.length);
      }),
      runs,
    );
  });

  it('re-hashes the paths to what changed and nothing else', () => {
    const many = Array.from({ length: 5000 }, (_, n) => ({ key: sha256(utf8(String(n))), value: utf8('v') }));
    const pages = built(new Map(many.map((one) => [toHex(one.key), one])));
    let messages = 0;
    const counting: Sha256Many = (all, offsets) => {
      messages += offsets.length - 1;
      return hashMany(all, offsets);
    };
    new PagedSparseMap(new MemoryPages(pages), counting).change({ remove: [many[17].key] });
    expect(messages).toBeLessThan(30); // of 5000 leaves: a quarter of a page, the forks on the path, and what is not kept beside it
  });

  it('refuses to remove what is not there, and keys that stand twice', () => {
    const one = { key: new Uint8Array(32).fill(1), value: utf8('v') };
    const map = new PagedSparseMap(built(new Map([['one', one]])), hashMany);
    expect(() => map.change({ remove: [new Uint8Array(32)] })).toThrow(refusal('SPARSE_KEY_ABSENT'));
    expect(() => map.change({ remove: [one.key], put: [hashed(one)] })).toThrow(
      refusal('SPARSE_KEY_DUPLICATE'),
    );
    expect(() => map.change({ put: [{ key: one.key, valueHash: utf8('short') }] })).toThrow(
      refusal('SPARSE_KEY_LENGTH'),
    );
    expect(() => map.build(new Uint8Array(64), new Uint8Array(64))).toThrow(refusal('SPARSE_KEY_DUPLICATE'));
    expect(() => map.build(new Uint8Array(64), new Uint8Array(32))).toThrow(refusal('SPARSE_KEY_LENGTH'));
  });

  it('refuses pages that are missing, cut or of another kind', () => {
    const many = new Map(
      Array.from({ length: 50 }, (_, n) => [String(n), { key: sha256(utf8(String(n))), value: utf8('v') }]),
    );
    const whole = built(many);
    const damaged = (replace: (prefix: string) => Uint8Array | undefined) => () =>
      new PagedSparseMap({ read: replace, write: () => undefined }).differenceTo(
        new Uint8Array(),
        new Uint8Array(),
      );
    expect(damaged((prefix) => (prefix === '' ? whole.read('') : undefined))).toThrow(
      refusal('SPARSE_PAGE_DAMAGED'),
    );
    expect(damaged((prefix) => whole.read(prefix)?.slice(0, -1))).toThrow(refusal('SPARSE_PAGE_DAMAGED'));
    expect(damaged(() => Uint8Array.of(9))).toThrow(refusal('SPARSE_PAGE_DAMAGED'));
  });
});

describe('the proof of a change', () => {
  it('shows exactly what was deleted, added and replaced, and what became of the keys that were asked for', () => {
    fc.assert(
      fc.property(scene, (story) => {
        const { proof, root: newRoot } = changed(story.before, changesOf(story));
        const asked = askedIn(story);
        const delta = verifyDelta({ oldRoot: root(story.before), newRoot, proof, asked }, sha256);
        const names = (keys: readonly { key: Uint8Array }[]) => keys.map((one) => toHex(one.key)).sort();
        expect(names(delta.deleted)).toEqual(story.removed.map(toHex).sort());
        expect(names(delta.added)).toEqual(
          names(story.put.filter((one) => !story.before.has(toHex(one.key)))),
        );
        const replaced = story.put.filter(({ key: label, value }) => {
          const was = story.before.get(toHex(label));
          return was !== undefined && compareBytes(was.value, value) !== 0;
        });
        expect(names(delta.replaced)).toEqual(names(replaced));
        expect(names(delta.present)).toEqual(
          asked
            .map(toHex)
            .filter((name) => story.after.has(name))
            .sort(),
        );
        for (const one of delta.deleted)
          expect(one.valueHash).toEqual(sha256(story.before.get(toHex(one.key))!.value));
      }),
      runs,
    );
  });

  it('is refused with any bit of it changed', () => {
    fc.assert(
      fc.property(scene, fc.nat(), (story, bit) => {
        const { proof, root: newRoot } = changed(story.before, changesOf(story));
        const altered = proof.slice();
        altered[(bit >> 3) % proof.length] ^= 1 << (bit & 7);
        const oldRoot = root(story.before);
        expect(() =>
          verifyDelta({ oldRoot, newRoot, proof: altered, asked: askedIn(story) }, sha256),
        ).toThrow();
      }),
      { numRuns: 150 },
    );
  });

  it('is refused for other roots, each for its own reason', () => {
    fc.assert(
      fc.property(scene, ({ before, after, ...story }) => {
        const { proof, root: newRoot } = changed(before, changesOf({ ...story, ask: [] }));
        const other = new Uint8Array(32).fill(7);
        const oldRoot = root(before);
        expect(() => verifyDelta({ oldRoot: other, newRoot, proof }, sha256)).toThrow(
          refusal('DELTA_OLD_ROOT_MISMATCH'),
        );
        expect(() => verifyDelta({ oldRoot, newRoot: other, proof }, sha256)).toThrow(
          refusal('DELTA_NEW_ROOT_MISMATCH'),
        );
        expect(root(after)).toEqual(newRoot);
      }),
      runs,
    );
  });
});

describe('a proof about several keys', () => {
  const absentAndPresent = fc
    .record({
      some: members(80),
      others: fc.array(key, { minLength: 1, maxLength: 10 }),
      picks: fc.array(fc.nat(), { maxLength: 5 }),
    })
    .map(({ some, others, picks }) => {
      const names = [...some.keys()];
      const there = distinct(
        picks.flatMap((pick) => (names.length > 0 ? [some.get(names[pick % names.length])!.key] : [])),
      );
      return { some, there, absent: distinct(others).filter((one) => !some.has(toHex(one))) };
    });

  it('tells those that are there, with their values, from those that are not', () => {
    fc.assert(
      fc.property(absentAndPresent, ({ some, there, absent }) => {
        const keys = [...there, ...absent];
        const { proof } = new PagedSparseMap(built(some), hashMany).prove(keys);
        const present = verifyKeys(root(some), keys, proof, sha256);
        expect(present.map((one) => toHex(one.key))).toEqual(there.map(toHex).sort());
        for (const one of present) expect(one.valueHash).toEqual(sha256(some.get(toHex(one.key))!.value));
      }),
      runs,
    );
  });

  it('says nothing about a key that it was not made for', () => {
    const many = Array.from({ length: 500 }, (_, n) => ({ key: sha256(utf8(String(n))), value: utf8('v') }));
    const some = new Map(many.map((one) => [toHex(one.key), one]));
    const asked = sha256(utf8('absent'));
    const { proof } = new PagedSparseMap(built(some), hashMany).prove([asked]);
    expect(verifyKeys(root(some), [asked], proof, sha256)).toEqual([]);
    const about = (other: SparseEntry) => refusalOf(() => verifyKeys(root(some), [other.key], proof, sha256));
    const codes = many.map(about);
    expect(new Set(codes)).toEqual(new Set(['PRUNED_KEY_NOT_COVERED', 'nothing was refused']));
    expect(codes.filter((code) => code === 'PRUNED_KEY_NOT_COVERED').length).toBeGreaterThan(490); // the others lie alone beside the path, and are shown
  });

  it('is no proof of a change', () => {
    const one = { key: new Uint8Array(32).fill(1), value: utf8('v') };
    const { proof, root: newRoot } = changed(new Map([['one', one]]), { remove: [one.key] });
    expect(() => verifyKeys(newRoot, [one.key], proof, sha256)).toThrow(refusal('MAP_PROOF_HAS_CHANGES'));
  });

  it('is refused for another root', () => {
    const { proof } = new PagedSparseMap(new MemoryPages(), hashMany).prove([new Uint8Array(32)]);
    expect(proof).toEqual(Uint8Array.of(0));
    expect(verifyKeys(new Uint8Array(32), [new Uint8Array(32)], proof, sha256)).toEqual([]);
    expect(() => verifyKeys(new Uint8Array(32).fill(1), [new Uint8Array(32)], proof, sha256)).toThrow(
      refusal('MAP_ROOT_MISMATCH'),
    );
  });
});
