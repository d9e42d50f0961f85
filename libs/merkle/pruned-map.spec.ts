import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, sha256, utf8 } from '#libs/essentials';
import { verifyDelta } from './map-proofs.js';
import { PagedSparseMap } from './paged-sparse-map.js';
import { MemoryPages } from './map-pages.js';
import { readPrunedMap, TAGS } from './pruned-map.js';

const hash = sha256(utf8('value'));
const other = sha256(utf8('other value'));
/** A key that begins with this byte. */
const key = (first: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? first : 0));

const nothing = Uint8Array.of(TAGS.nothing);
const subtree = concatBytes(Uint8Array.of(TAGS.subtree), hash);
const single = (tag: number, first: number, ...values: Uint8Array[]) =>
  concatBytes(Uint8Array.of(tag), key(first), ...(values.length > 0 ? values : [hash]));
const node = (left: Uint8Array, right: Uint8Array) => concatBytes(Uint8Array.of(TAGS.node), left, right);

const low = 0x00;
const high = 0x80; // turns right at once
const deletedLow = single(TAGS.deleted, low);
const keptHigh = single(TAGS.kept, high);
const chain = (length: number): Uint8Array =>
  concatBytes(new Uint8Array(length).fill(TAGS.node), deletedLow, ...Array.from({ length }, () => nothing));

describe('a pruned map in its one form', () => {
  it.each([
    ['the empty map', nothing, []],
    ['a map nobody asks about', subtree, []],
    ['a key that is deleted beside one that stays', node(deletedLow, keptHigh), []],
    ['a key that is deleted beside several, which are opened', node(deletedLow, node(subtree, subtree)), []],
    ['a key that is added beside several', node(single(TAGS.added, low), subtree), []],
    ['a key that is asked for and is not there', node(nothing, subtree), [key(low)]],
    ['a key whose value is replaced', single(TAGS.replaced, low, hash, other), []],
  ])('is read: %s', (_, bytes, asked) => {
    expect(readPrunedMap(bytes, asked).newRoot).toHaveLength(32);
  });

  it.each([
    ['no bytes', new Uint8Array(), 'PRUNED_TRUNCATED'],
    ['half of a hash', subtree.slice(0, 16), 'PRUNED_TRUNCATED'],
    ['a node with one half', Uint8Array.of(TAGS.node, TAGS.nothing), 'PRUNED_TRUNCATED'],
    ['something behind the end', concatBytes(subtree, nothing), 'PRUNED_TRAILING_BYTES'],
    ['a part of no known kind', Uint8Array.of(7), 'PRUNED_TAG_UNKNOWN'],
    ['more turns than a key has', new Uint8Array(300).fill(TAGS.node), 'PRUNED_TOO_DEEP'],
    ['a megabyte of nodes', new Uint8Array(2 ** 20).fill(TAGS.node), 'PRUNED_TOO_DEEP'],
    ['more bytes than a proof may have', new Uint8Array(2 ** 24 + 1), 'PRUNED_TOO_LARGE'],
    ['a key on the wrong side', node(keptHigh, deletedLow), 'PRUNED_KEY_OFF_PATH'],
    ['one key twice', node(deletedLow, deletedLow), 'PRUNED_KEY_OFF_PATH'],
    [
      'a hash where a lone key may lie beside an emptied half',
      node(deletedLow, subtree),
      'PRUNED_SUBTREE_NOT_OPENED',
    ],
    ['a hash that was opened for no reason', node(subtree, subtree), 'PRUNED_NOT_MINIMAL'],
    [
      'such a one beside a change',
      node(single(TAGS.added, low), node(subtree, subtree)),
      'PRUNED_NOT_MINIMAL',
    ],
    ['a lone key that stands too deep', chain(3), 'PRUNED_NOT_MINIMAL'],
    ['two empty halves', node(nothing, nothing), 'PRUNED_NOT_MINIMAL'],
    ['a value that is replaced by itself', single(TAGS.replaced, low, hash, hash), 'PRUNED_NOT_MINIMAL'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(() => readPrunedMap(bytes, [])).toThrow(expect.objectContaining({ name: 'MerkleError', code }));
  });

  it('is refused where it leaves out a key that is asked for', () => {
    const bytes = node(single(TAGS.added, low), subtree);
    expect(() => readPrunedMap(bytes, [key(high)])).toThrow(
      expect.objectContaining({ code: 'PRUNED_KEY_NOT_COVERED' }),
    );
    expect(() => readPrunedMap(bytes, [key(low), key(low)])).toThrow(
      expect.objectContaining({ code: 'SPARSE_KEY_DUPLICATE' }),
    );
  });
});

describe('the format of pruned maps as it is documented', () => {
  it('is what the example shows', () => {
    const page = readFileSync(new URL('../../docs/design/dataset-maps.md', import.meta.url), 'utf8');
    const example = fromHex(/```\n([0-9a-f\s]+)```/.exec(page)![1].replace(/\s/g, ''));
    const valueHash = new Uint8Array(32).fill(0x11);
    const entries = [key(low), key(high)].map((one) => ({ key: one, valueHash }));
    const pages = new MemoryPages();
    const before = new PagedSparseMap(pages).change({ put: entries });
    const after = new PagedSparseMap(pages).change({ remove: [key(low)] });
    expect(after.proof).toEqual(example);
    const { deleted } = verifyDelta({ oldRoot: before.root, newRoot: after.root, proof: example });
    expect(deleted).toEqual([entries[0]]);
  });
});
