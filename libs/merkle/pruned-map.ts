import { compareBytes, type Sha256 } from '#libs/essentials';
import { sortKeys, type HashedEntry } from './map-touches.js';
import { MerkleError, type MerkleErrorCode } from './merkle-error.js';
import { EMPTY_SUBTREE, KEY_BITS, KEY_LENGTH, SparseHasher } from './sparse-map-hashing.js';

/**
 * A pruned map: the part of a sparse Merkle map, in one or two versions, that some keys are about. It is one tree written in preorder, left
 * before right, a byte for what comes and then its content:
 *
 * | tag | what | content |
 * | --- | --- | --- |
 * | 0 | nothing, in both versions | |
 * | 1 | a subtree that is the same in both | hash |
 * | 2 | a key that is the same in both | key, value hash |
 * | 3 | a key that is deleted | key, value hash |
 * | 4 | a key that is added | key, value hash |
 * | 5 | a key whose value is replaced | key, value hash before, value hash after |
 * | 6 | a node | left, right |
 *
 * From it both roots are computed, so that what it lists is all that differs between them. A map has exactly one pruned form for the same
 * changes and the same keys that are asked for.
 */
export const TAGS = { nothing: 0, subtree: 1, kept: 2, deleted: 3, added: 4, replaced: 5, node: 6 } as const;
const CONTENT = [0, 32, 64, 64, 64, 96, 0];

const MAX_BYTES = 16 * 1024 * 1024;

/** A key that is not the same in both versions. */
export interface KeyChange {
  readonly key: Uint8Array;
  /** H(value), 32 bytes; absent where the key is added. */
  readonly before?: Uint8Array;
  /** Absent where the key is deleted. */
  readonly after?: Uint8Array;
}

/** What a pruned map says, before anybody compares its roots. */
export interface PrunedReading {
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  /** In the order of the keys. */
  readonly changes: readonly KeyChange[];
  /** Of the keys that were asked for, those that are in the new version, in the order of the keys. */
  readonly present: readonly HashedEntry[];
}

/** A terminal or a node as it stands in the bytes. */
interface Token {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Whether a key that is asked for lies below. */
  readonly isAsked: boolean;
}

/**
 * Reads a pruned map. The bytes are chosen by the prover; that they have the form, and the only one, is checked here, that the roots are
 * the right ones is left to the caller.
 *
 * @param asked keys of 32 bytes that must be covered: shown, or shown not to be there
 * @throws MerkleError PRUNED_…, SPARSE_KEY_LENGTH, SPARSE_KEY_DUPLICATE
 */
export function readPrunedMap(bytes: Uint8Array, asked: readonly Uint8Array[], hash?: Sha256): PrunedReading {
  if (bytes.length > MAX_BYTES)
    throw refuse('PRUNED_TOO_LARGE', `a proof has at most ${MAX_BYTES} bytes`, bytes.length);
  const changes: KeyChange[] = [];
  const present: HashedEntry[] = [];
  const tokens = new PrunedTokens(bytes, sortKeys(asked), changes, present).read();
  const { old, new: now, shape } = foldTokens(tokens, new SparseHasher(hash));
  if (shape === 'idle node')
    throw refuse('PRUNED_NOT_MINIMAL', 'a subtree is shown that nothing is about', 0);
  return { oldRoot: old.hash, newRoot: now.hash, changes, present };
}

/** Cuts the bytes into tokens, and checks that each key lies where it belongs. No recursion: the bytes decide how deep the tree is. */
class PrunedTokens {
  private at = 0;
  private readonly path = new Uint8Array(KEY_LENGTH);
  private nextAsked = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly asked: readonly Uint8Array[],
    private readonly changes: KeyChange[],
    private readonly present: HashedEntry[],
  ) {}

  read(): Token[] {
    const tokens: Token[] = [];
    const rightSides: number[] = []; // depths below which the right half is still to come
    let depth = 0;
    for (;;) {
      const token = this.next(depth);
      tokens.push(token);
      if (token.tag === TAGS.node) {
        if (depth === KEY_BITS) throw refuse('PRUNED_TOO_DEEP', 'a path has at most 256 turns', this.at);
        rightSides.push(depth++);
        continue;
      }
      this.take(token, depth);
      const parent = rightSides.pop();
      if (parent === undefined) break;
      this.turnRight(parent);
      depth = parent + 1;
    }
    if (this.at !== this.bytes.length)
      throw refuse('PRUNED_TRAILING_BYTES', 'there are bytes behind the end of the tree', this.at);
    return tokens;
  }

  private next(depth: number): Token {
    if (this.at >= this.bytes.length) throw refuse('PRUNED_TRUNCATED', 'the tree ends too early', this.at);
    const tag = this.bytes[this.at++];
    if (tag >= CONTENT.length)
      throw refuse('PRUNED_TAG_UNKNOWN', 'the tree has a part of no known kind', this.at - 1);
    const end = this.at + CONTENT[tag];
    if (end > this.bytes.length) throw refuse('PRUNED_TRUNCATED', 'the tree ends too early', this.at);
    const content = this.bytes.slice(this.at, end);
    this.at = end;
    return { tag, content, isAsked: this.liesBelow(this.asked.at(this.nextAsked), depth) };
  }

  /** Notes what a terminal says of its keys. */
  private take({ tag, content, isAsked }: Token, depth: number): void {
    if (tag === TAGS.subtree && isAsked)
      throw refuse(
        'PRUNED_KEY_NOT_COVERED',
        'a key that the proof is to be about lies in a part it leaves out',
        this.at,
      );
    const key = content.subarray(0, KEY_LENGTH);
    if (tag !== TAGS.subtree && tag !== TAGS.nothing) {
      if (!this.liesBelow(key, depth))
        throw refuse('PRUNED_KEY_OFF_PATH', 'a key stands where it does not belong', this.at);
      this.noteChange(tag, key, content);
    }
    for (; this.liesBelow(this.asked.at(this.nextAsked), depth); this.nextAsked++)
      if (tag !== TAGS.nothing && tag !== TAGS.deleted && compareBytes(this.asked[this.nextAsked], key) === 0)
        this.present.push({ key, valueHash: content.slice(-KEY_LENGTH) });
  }

  private noteChange(tag: number, key: Uint8Array, content: Uint8Array): void {
    const first = content.slice(KEY_LENGTH, 2 * KEY_LENGTH);
    if (tag === TAGS.deleted) this.changes.push({ key, before: first });
    if (tag === TAGS.added) this.changes.push({ key, after: first });
    if (tag !== TAGS.replaced) return;
    const after = content.slice(2 * KEY_LENGTH);
    if (compareBytes(first, after) === 0)
      throw refuse('PRUNED_NOT_MINIMAL', 'a value is replaced by itself', this.at);
    this.changes.push({ key, before: first, after });
  }

  private turnRight(depth: number): void {
    const byte = depth >> 3;
    const bit = 0x80 >> (depth & 7);
    this.path[byte] = (this.path[byte] & ~(bit - 1)) | bit;
    this.path.fill(0, byte + 1);
  }

  /** Whether the key agrees with the path in its first `depth` bits. */
  private liesBelow(key: Uint8Array | undefined, depth: number): boolean {
    if (key === undefined) return false;
    const whole = depth >> 3;
    for (let byte = 0; byte < whole; byte++) if (key[byte] !== this.path[byte]) return false;
    return (depth & 7) === 0 || (key[whole] ^ this.path[whole]) >> (8 - (depth & 7)) === 0;
  }
}

/** A subtree in one version; `keys` says whether it has none, one, or several. */
interface Side {
  readonly keys: 'none' | 'one' | 'several';
  readonly hash: Uint8Array;
}

interface Folded {
  readonly old: Side;
  readonly new: Side;
  /** An idle node has neither a change below nor a key that is asked for. */
  readonly shape: 'nothing' | 'subtree' | 'single' | 'node' | 'idle node';
}

const NONE: Side = { keys: 'none', hash: EMPTY_SUBTREE };

/** Computes both roots, from the last token to the first: the halves of a node then lie on top of the stack. */
function foldTokens(tokens: readonly Token[], hasher: SparseHasher): Folded {
  const stack: Folded[] = [];
  for (const token of tokens.toReversed())
    stack.push(
      token.tag === TAGS.node ? foldNode(token, stack.pop()!, stack.pop()!, hasher) : terminal(token, hasher),
    );
  return stack[0];
}

function terminal({ tag, content }: Token, hasher: SparseHasher): Folded {
  if (tag === TAGS.nothing) return { old: NONE, new: NONE, shape: 'nothing' };
  if (tag === TAGS.subtree) {
    const side: Side = { keys: 'several', hash: content };
    return { old: side, new: side, shape: 'subtree' };
  }
  const leaf = (from: number): Side => ({
    keys: 'one',
    hash: hasher.leaf(content.subarray(0, KEY_LENGTH), content.subarray(from, from + KEY_LENGTH)),
  });
  const first = leaf(KEY_LENGTH);
  if (tag === TAGS.kept) return { old: first, new: first, shape: 'single' };
  if (tag === TAGS.deleted) return { old: first, new: NONE, shape: 'single' };
  if (tag === TAGS.added) return { old: NONE, new: first, shape: 'single' };
  return { old: first, new: leaf(2 * KEY_LENGTH), shape: 'single' };
}

function foldNode({ isAsked }: Token, left: Folded, right: Folded, hasher: SparseHasher): Folded {
  requireMinimal(left, right);
  requireOpened(left, right);
  requireOpened(right, left);
  const isSame = left.old === left.new && right.old === right.new;
  const old = foldSide(left.old, right.old, hasher);
  const isIdle = isSame && !isAsked;
  return {
    old,
    new: isSame ? old : foldSide(left.new, right.new, hasher),
    shape: isIdle ? 'idle node' : 'node',
  };
}

/** The rule of collapse: a subtree of one key is that key's leaf (DESIGN §6). */
function foldSide(left: Side, right: Side, hasher: SparseHasher): Side {
  if (left.keys === 'none' && right.keys !== 'several') return right;
  if (right.keys === 'none' && left.keys !== 'several') return left;
  return { keys: 'several', hash: hasher.node(left.hash, right.hash) };
}

/** A key alone in both versions stands where its path ends, not deeper. */
function requireMinimal(left: Folded, right: Folded): void {
  const isAlone = (one: Folded, beside: Folded): boolean =>
    one.shape === 'nothing' && (beside.shape === 'nothing' || beside.shape === 'single');
  if (isAlone(left, right) || isAlone(right, left))
    throw refuse('PRUNED_NOT_MINIMAL', 'a key that is alone in its subtree stands too deep', 0);
}

/**
 * Where one half loses its last key, a single key in the other would rise. Its hash alone could be that of a leaf or of a node, so the
 * prover has to open it; anywhere else an idle node says nothing that its hash would not.
 */
function requireOpened(half: Folded, beside: Folded): void {
  const isBesideEmptied = beside.old.keys !== 'none' && beside.new.keys === 'none';
  if (half.shape === 'subtree' && isBesideEmptied)
    throw refuse(
      'PRUNED_SUBTREE_NOT_OPENED',
      'a subtree beside an emptied one is not shown to have several keys',
      0,
    );
  if (half.shape === 'idle node' && !isBesideEmptied)
    throw refuse('PRUNED_NOT_MINIMAL', 'a subtree is shown that nothing is about', 0);
}

function refuse(code: MerkleErrorCode, message: string, at: number): MerkleError {
  return new MerkleError(code, message, { facts: at === 0 ? {} : { at } });
}
