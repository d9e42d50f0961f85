/*
 * Root of a sparse Merkle map (DESIGN §6): leaf H(00‖key‖H(value)), node H(01‖left‖right), an empty subtree 32 zero bytes, a subtree
 * of one entry its leaf. The reference is libs/merkle `sparseMapRoot`.
 *
 * Entries are counted in the order of their keys. Entries e and e + 1 fork at the depth of the first bit in which their keys differ.
 * A run is a node of the tree, the entries below it; its hash lies at hashes[its first entry]. The tree is made from the deepest level
 * up, so that the nodes of a level, which do not depend on one another, can be hashed four at a time. At each depth a run meets its
 * neighbour where the two fork, or is the only child of its node; a run of one entry just waits for its fork.
 */
import { bigEndian, TAIL, TAILS } from './sha256-block';
import { compress4, startStates, storeDigests } from './sha256-lanes';

const DIGITS: u32 = 256;
/** counts[d], d = 0 … 256 */
const COUNTS: usize = memory.data(1028, 16);
const NO_NODE: usize = memory.data(32, 16);
/** Where the digests of the waiting messages go. */
const TARGETS: usize = memory.data(16, 16);
/** Where a digest goes that nobody wants. */
const NOWHERE: usize = memory.data(32, 16);

let waiting: u32 = 0;

// @ts-ignore: decorator
@inline
function word(array: usize, index: u32): u32 {
  return load<u32>(array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function setWord(array: usize, index: u32, value: u32): void {
  store<u32>(array + (<usize>index << 2), value);
}

/** Row of 32 bytes. */
// @ts-ignore: decorator
@inline
function rowOf(rows: usize, index: u32): usize {
  return rows + (<usize>index << 5);
}

// @ts-ignore: decorator
@inline
function copyRow(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

/** Makes room for four messages of `length` bytes, which are written later, and pads them to so many blocks. */
function padAll(length: u32, blocks: u32): void {
  for (let tail: usize = TAILS; tail < TAILS + 4 * TAIL; tail += TAIL) {
    memory.fill(tail, 0, TAIL);
    store<u8>(tail + length, 0x80);
    store<u32>(tail + (<usize>blocks << 6) - 4, bigEndian(length << 3));
  }
}

/** Hashes the messages that wait in the tails, each of so many blocks. */
function flush(blocks: u32): void {
  if (waiting === 0) return;
  for (let lane = waiting; lane < 4; lane++) setWord(TARGETS, lane, <u32>NOWHERE);
  startStates();
  for (let at: usize = TAILS; at < TAILS + (<usize>blocks << 6); at += 64)
    compress4(at, at + TAIL, at + 2 * TAIL, at + 3 * TAIL, i32x4.splat(-1));
  storeDigests(word(TARGETS, 0), word(TARGETS, 1), word(TARGETS, 2), word(TARGETS, 3));
  waiting = 0;
}

/** target := H(prefix‖one‖other), before the next flush. What is read may be overwritten after the call. */
function hashNode(prefix: u8, one: usize, other: usize, target: usize): void {
  const message = TAILS + <usize>waiting * TAIL;
  store<u8>(message, prefix);
  copyRow(message + 1, one);
  copyRow(message + 33, other);
  setWord(TARGETS, waiting++, <u32>target);
  if (waiting === 4) flush(2);
}

/** hashes[e] := leaf of entry e. */
function hashLeaves(keys: usize, values: usize, order: usize, count: u32, hashes: usize): void {
  padAll(32, 1);
  for (let entry: u32 = 0; entry < count; entry++) {
    copyRow(TAILS + <usize>waiting * TAIL, rowOf(values, word(order, entry)));
    setWord(TARGETS, waiting++, <u32>rowOf(hashes, entry));
    if (waiting === 4) flush(1);
  }
  flush(1);
  padAll(65, 2);
  for (let entry: u32 = 0; entry < count; entry++) {
    const hash = rowOf(hashes, entry);
    hashNode(0, rowOf(keys, word(order, entry)), hash, hash);
  }
  flush(2);
}

/** counts[d] := how many digits are smaller than d, from how often each stands at counts[d + 1]. */
function sumCounts(): void {
  for (let digit: u32 = 0; digit < DIGITS; digit++)
    setWord(COUNTS, digit + 1, word(COUNTS, digit) + word(COUNTS, digit + 1));
}

// @ts-ignore: decorator
@inline
function count1(digit: u32): void {
  setWord(COUNTS, digit + 1, word(COUNTS, digit + 1) + 1);
}

/** Place of the next value with this digit. */
// @ts-ignore: decorator
@inline
function nextPlace(digit: u32): u32 {
  const place = word(COUNTS, digit);
  setWord(COUNTS, digit, place + 1);
  return place;
}

/** to := from, stably sorted by byte `at` of the keys. */
function sortByByte(keys: usize, count: u32, at: usize, from: usize, to: usize): void {
  memory.fill(COUNTS, 0, 1028);
  for (let key: u32 = 0; key < count; key++) count1(load<u8>(rowOf(keys, key) + at));
  sumCounts();
  for (let entry: u32 = 0; entry < count; entry++) {
    const key = word(from, entry);
    setWord(to, nextPlace(load<u8>(rowOf(keys, key) + at)), key);
  }
}

/** order := indices of the keys, sorted by their first bytes, an even number of them. */
function sortKeys(keys: usize, count: u32, bytes: usize, order: usize, spare: usize): void {
  for (let key: u32 = 0; key < count; key++) setWord(order, key, key);
  for (let at = bytes; at > 0; at -= 2) {
    sortByByte(keys, count, at - 1, order, spare);
    sortByByte(keys, count, at - 2, spare, order);
  }
}

/** Depth at which two keys fork, or 256 where the first is not the smaller. */
function forkOf(one: usize, other: usize): u32 {
  for (let at: usize = 0; at < 32; at += 4) {
    const a = bigEndian(load<u32>(one + at));
    const b = bigEndian(load<u32>(other + at));
    if (a !== b) return a < b ? (<u32>at << 3) + clz<u32>(a ^ b) : 256;
  }
  return 256;
}

/** depths[e] := where entries e and e + 1 fork. @returns whether the keys ascend */
function findForks(keys: usize, order: usize, count: u32, depths: usize): bool {
  for (let entry: u32 = 0; entry + 1 < count; entry++) {
    const depth = forkOf(rowOf(keys, word(order, entry)), rowOf(keys, word(order, entry + 1)));
    if (depth === 256) return false;
    setWord(depths, entry, depth);
  }
  if (count > 0) setWord(depths, count - 1, 256); // the last one has nobody to fork with
  return true;
}

/** forks := entries by the depth of their fork; counts[d] := where those of depth d end. */
function sortForks(depths: usize, count: u32, forks: usize): void {
  memory.fill(COUNTS, 0, 1028);
  for (let entry: u32 = 0; entry + 1 < count; entry++) count1(word(depths, entry));
  sumCounts();
  for (let entry: u32 = 0; entry + 1 < count; entry++) setWord(forks, nextPlace(word(depths, entry)), entry);
}

/** The bit of a key that is taken at `depth`, most significant first. */
// @ts-ignore: decorator
@inline
function turn(key: usize, depth: u32): u32 {
  return (<u32>load<u8>(key + <usize>(depth >>> 3)) >>> (7 - (depth & 7))) & 1;
}

/**
 * out := root of the map.
 *
 * @param keys 32 bytes each, in any order
 * @param values 32 bytes each, in the order of the keys
 * @param hashes 32 bytes for each key
 * @param work six words for each key
 * @returns whether the keys are distinct; if they are not, there is no root
 */
export function sparseRoot(keys: usize, values: usize, count: u32, hashes: usize, work: usize, out: usize): bool {
  if (!growUpTo(0, keys, values, count, hashes, work)) return false;
  copyRow(out, count > 0 ? hashes : NO_NODE);
  return true;
}

/**
 * out[b] := root of the subtree of the keys whose first `depth` bits are b, for each b; 32 zero bytes where there are none.
 *
 * @param depth 1 … 16; the others as sparseRoot
 */
export function sparseBranches(
  keys: usize, values: usize, count: u32, hashes: usize, work: usize, depth: u32, out: usize,
): bool {
  if (!growUpTo(depth, keys, values, count, hashes, work)) return false;
  memory.fill(out, 0, <usize>32 << depth);
  for (let entry = count; entry > 0; entry--) {
    const branch = bigEndian(load<u32>(rowOf(keys, word(work, entry - 1)))) >>> (32 - depth);
    copyRow(rowOf(out, branch), rowOf(hashes, entry - 1)); // the first entry of a branch is written last
  }
  return true;
}

/** Makes the nodes at `top` and below: hashes[e] := that of the run that begins with entry e. The order comes to lie at `work`. */
function growUpTo(top: u32, keys: usize, values: usize, count: u32, hashes: usize, work: usize): bool {
  const size = <usize>count << 2;
  const order = work;
  const depths = order + size;
  const forks = depths + size;
  // Six bytes tell most keys apart; those who choose keys that agree in them cost us a longer sort, and nothing else.
  sortKeys(keys, count, 6, order, depths);
  if (!findForks(keys, order, count, depths)) {
    sortKeys(keys, count, 32, order, depths);
    if (!findForks(keys, order, count, depths)) return false;
  }
  sortForks(depths, count, forks);
  hashLeaves(keys, values, order, count, hashes);
  raise(keys, order, depths, forks, count, hashes, forks + size, top);
  return true;
}

/** Hashes the nodes above the leaves, up to those at depth `top`; the root, where that is 0, comes to lie at hashes[0]. */
function raise(
  keys: usize, order: usize, depths: usize, forks: usize, count: u32, hashes: usize, work: usize, top: i32,
): void {
  const size = <usize>count << 2;
  const first = work; // of the run that ends with an entry
  const last = first + size; // of the run that begins with an entry
  const runs = last + size; // first entries of the runs that have more than one
  for (let entry: u32 = 0; entry < count; entry++) {
    setWord(first, entry, entry);
    setWord(last, entry, entry);
  }
  let open: u32 = 0;
  let fork = count > 0 ? count - 1 : 0;
  for (let depth = 255; depth >= top; depth--) {
    let alone: u32 = 0;
    for (let run: u32 = 0; run < open; run++) {
      const entry = word(runs, run);
      if (word(depths, word(last, entry)) === depth) continue;
      if (entry > 0 && word(depths, entry - 1) === depth) continue;
      setWord(runs, alone++, entry);
      const hash = rowOf(hashes, entry);
      if (turn(rowOf(keys, word(order, entry)), depth) === 0) hashNode(1, hash, NO_NODE, hash);
      else hashNode(1, NO_NODE, hash, hash);
    }
    open = alone;
    for (; fork > 0 && word(depths, word(forks, fork - 1)) === depth; fork--) {
      const entry = word(forks, fork - 1);
      const begin = word(first, entry);
      const end = word(last, entry + 1);
      setWord(last, begin, end);
      setWord(first, end, begin);
      setWord(runs, open++, begin);
      hashNode(1, rowOf(hashes, begin), rowOf(hashes, entry + 1), rowOf(hashes, begin));
    }
    flush(2);
  }
}
