import { concatBytes, sha256, type Sha256 } from '#libs/essentials';
import { KEY_LENGTH, LEAF_PREFIX, NODE_PREFIX } from './sparse-map-hashing.js';

/**
 * SHA-256 of many messages that lie one behind the other: message m is messages[offsets[m] … offsets[m + 1]). Returns 32 bytes a message.
 * A kernel that hashes several at a time goes twice as fast as one call a message.
 */
export type Sha256Many = (messages: Uint8Array, offsets: Uint32Array) => Uint8Array;

/** One message after the other. */
export function sha256OneByOne(hash: Sha256 = sha256): Sha256Many {
  return (messages, offsets) =>
    concatBytes(
      ...Array.from({ length: offsets.length - 1 }, (_, message) =>
        hash(messages.subarray(offsets[message], offsets[message + 1])),
      ),
    );
}

/** A node of a plan. */
export type PlannedNode = number;
/** The empty subtree, of every plan and every height. */
export const EMPTY_NODE: PlannedNode = 0;

const HASH = 32;
const ENTRY = KEY_LENGTH + HASH;
const MESSAGE = 1 + 2 * HASH;
const MESSAGES_A_CALL = 4096;
const OFFSETS = Uint32Array.from({ length: MESSAGES_A_CALL + 1 }, (_, message) => message * MESSAGE);

/** How many keys a subtree has: none, one, several. */
const KIND = { empty: 0, leaf: 1, several: 2 } as const;

/**
 * Leaves and forks of sparse Merkle maps whose hashes are wanted, hashed together: first all leaves, then all forks over those, and so on.
 * Subtrees that two versions of a map share are one node. The rule of collapse (DESIGN §6) is applied where a fork is asked for.
 */
export class HashPlan {
  private readonly kinds: number[] = [KIND.empty];
  /** Left and right child of a fork; of a leaf, where its entry lies. */
  private readonly lefts: number[] = [0];
  private readonly rights: number[] = [0];
  private readonly heights: number[] = [0];
  private hashes: DataView<ArrayBuffer>;
  private entries: DataView<ArrayBuffer>;
  private entryCount = 0;
  private readonly waves: PlannedNode[][] = [];

  /** @param leaves about how many there will be, so that little is copied when it grows */
  constructor(
    private readonly hashMany: Sha256Many,
    leaves = 512,
  ) {
    this.hashes = new DataView(new ArrayBuffer((2 * leaves + 512) * HASH));
    this.entries = new DataView(new ArrayBuffer((leaves + 512) * ENTRY));
  }

  /** The leaf of an entry: 32 bytes of key, then 32 bytes of value hash, from `at` on. */
  leaf(source: Uint8Array, at: number): PlannedNode {
    const place = this.entryCount++ * ENTRY;
    this.entries = withRoom(this.entries, place + ENTRY);
    for (let byte = 0; byte < ENTRY; byte++) this.entries.setUint8(place + byte, source[at + byte]);
    return this.add(KIND.leaf, place, 0, 1);
  }

  /** A subtree whose hash is known, 32 bytes from `at` on, and of whose keys nothing but whether it is a single one. */
  known(source: Uint8Array, at = 0, isSingle = false): PlannedNode {
    const node = this.add(isSingle ? KIND.leaf : KIND.several, 0, 0, 0);
    for (let byte = 0; byte < HASH; byte++) this.hashes.setUint8(node * HASH + byte, source[at + byte]);
    return node;
  }

  /** The node over two subtrees; a single key rises, because a subtree of one key is that key's leaf. */
  fork(left: PlannedNode, right: PlannedNode): PlannedNode {
    const height = 1 + Math.max(this.heights[left], this.heights[right]);
    return this.collapsed(left, right) ?? this.add(KIND.several, left, right, height);
  }

  /** The same of a version that is gone, whose hash nobody asks for. */
  forkOfOld(left: PlannedNode, right: PlannedNode): PlannedNode {
    return this.collapsed(left, right) ?? this.add(KIND.several, left, right, 0);
  }

  isLeaf(node: PlannedNode): boolean {
    return this.kinds[node] === KIND.leaf;
  }

  /** Key and value hash of a leaf that was made from its entry, 64 bytes. */
  entryOf(leaf: PlannedNode): Uint8Array {
    return new Uint8Array(this.entries.buffer, this.lefts[leaf], ENTRY);
  }

  /** Puts the same 64 bytes where they are wanted. */
  copyEntry(leaf: PlannedNode, to: Uint8Array, at: number): void {
    const from = this.lefts[leaf];
    for (let byte = 0; byte < ENTRY; byte++) to[at + byte] = this.entries.getUint8(from + byte);
  }

  /** Computes every hash that is not known yet. */
  run(): void {
    for (const wave of this.waves.splice(0))
      for (let from = 0; from < wave.length; from += MESSAGES_A_CALL)
        this.hashTogether(wave.slice(from, from + MESSAGES_A_CALL));
  }

  /** 32 bytes; after `run`. */
  hashOf(node: PlannedNode): Uint8Array {
    return new Uint8Array(this.hashes.buffer.slice(node * HASH, (node + 1) * HASH));
  }

  /** Puts the same 32 bytes where they are wanted. */
  copyHash(node: PlannedNode, to: Uint8Array, at: number): void {
    for (let byte = 0; byte < HASH; byte++) to[at + byte] = this.hashes.getUint8(node * HASH + byte);
  }

  private collapsed(left: PlannedNode, right: PlannedNode): PlannedNode | undefined {
    if (left === EMPTY_NODE && this.kinds[right] !== KIND.several) return right;
    if (right === EMPTY_NODE && this.kinds[left] !== KIND.several) return left;
    return undefined;
  }

  private add(kind: number, left: number, right: number, height: number): PlannedNode {
    const node = this.kinds.push(kind) - 1;
    this.lefts.push(left);
    this.rights.push(right);
    this.heights.push(height);
    this.hashes = withRoom(this.hashes, (node + 1) * HASH);
    if (height > 0) (this.waves[height - 1] ??= []).push(node);
    return node;
  }

  private hashTogether(nodes: readonly PlannedNode[]): void {
    const messages = new DataView(new ArrayBuffer(nodes.length * MESSAGE));
    for (let index = 0; index < nodes.length; index++)
      this.writeMessage(nodes[index], messages, index * MESSAGE);
    const digests = viewOf(
      this.hashMany(new Uint8Array(messages.buffer), OFFSETS.subarray(0, nodes.length + 1)),
    );
    for (let index = 0; index < nodes.length; index++)
      copyWords(digests, index * HASH, HASH, this.hashes, nodes[index] * HASH);
  }

  private writeMessage(node: PlannedNode, messages: DataView, at: number): void {
    if (this.kinds[node] === KIND.leaf) {
      messages.setUint8(at, LEAF_PREFIX);
      copyWords(this.entries, this.lefts[node], ENTRY, messages, at + 1);
      return;
    }
    messages.setUint8(at, NODE_PREFIX);
    copyWords(this.hashes, this.lefts[node] * HASH, HASH, messages, at + 1);
    copyWords(this.hashes, this.rights[node] * HASH, HASH, messages, at + 1 + HASH);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** For a few bytes a loop is quicker than two arrays over them, and four at a time quicker than one, wherever a message begins. */
function copyWords(from: DataView, start: number, length: number, to: DataView, at: number): void {
  for (let byte = 0; byte < length; byte += 4)
    to.setUint32(at + byte, from.getUint32(start + byte, true), true);
}

function withRoom(view: DataView<ArrayBuffer>, length: number): DataView<ArrayBuffer> {
  if (length <= view.byteLength) return view;
  const larger = new Uint8Array(Math.max(length, view.byteLength * 2));
  larger.set(new Uint8Array(view.buffer));
  return new DataView(larger.buffer);
}
