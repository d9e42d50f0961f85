import { fromBase64, type Sha256 } from '#libs/essentials';
import { base64 } from './generated/sha256.wasm.js';
import { areOffsets } from './ials-problem.js';
import { KernelError } from './kernel-error.js';
import { KernelMemory } from './kernel-memory.js';

interface Sha256Exports {
  readonly memory: WebAssembly.Memory;
  hashMany(first: number, last: number, messages: number, offsets: number, out: number): void;
  sparseRoot(keys: number, values: number, count: number, hashes: number, work: number, out: number): number;
  sparseBranches(
    keys: number,
    values: number,
    count: number,
    hashes: number,
    work: number,
    depth: number,
    out: number,
  ): number;
}

const DIGEST_LENGTH = 32;
const WORD = 4;
const WORK = 6; // words a key, as assembly/sparse-map.ts wants them
const MESSAGES_A_CALL = 1024;

let shared: Sha256Exports | undefined;

/** The instance of this thread. Between calls it holds nothing that anyone reads. */
function instance(): Sha256Exports {
  return (shared ??= new WebAssembly.Instance(
    new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>),
  ).exports as unknown as Sha256Exports);
}

/** SHA-256 in WebAssembly: the same digests as the portable one, in less time, wherever there is no native one at hand. */
export const kernelSha256: Sha256 = (message) => sha256Many(message, Uint32Array.of(0, message.length));

/**
 * SHA-256 of many messages that lie one behind the other.
 *
 * @param offsets message m is messages[offsets[m] … offsets[m + 1])
 * @returns 32 bytes a message
 * @throws KernelError OFFSETS_INVALID
 */
export function sha256Many(messages: Uint8Array, offsets: Uint32Array): Uint8Array {
  if (!areOffsets(offsets, messages.length))
    throw new KernelError('OFFSETS_INVALID', 'offsets must ascend from 0 to the length of the messages');
  const count = offsets.length - 1;
  const kernel = instance();
  const memory = new KernelMemory(kernel.memory);
  const at = {
    messages: memory.reserve(messages.length / WORD),
    offsets: memory.reserve(offsets.length),
    out: memory.reserve((count * DIGEST_LENGTH) / WORD),
  };
  memory.commit();
  memory.writeBytes(at.messages, messages);
  memory.writeWords(at.offsets, offsets);
  for (let first = 0; first < count; first += MESSAGES_A_CALL)
    kernel.hashMany(first, Math.min(first + MESSAGES_A_CALL, count), at.messages, at.offsets, at.out);
  return memory.readBytes(at.out, count * DIGEST_LENGTH);
}

/**
 * Root of the sparse Merkle map of libs/merkle, for maps with very many entries whose values are 32 bytes, such as commitments.
 *
 * @param keys 32 bytes an entry, in any order
 * @param values 32 bytes an entry, in the order of the keys
 * @throws KernelError KEYS_LENGTH_INVALID, VALUES_LENGTH_INVALID, KEY_TWICE
 */
export function sparseRoot(keys: Uint8Array, values: Uint8Array): Uint8Array {
  return grown(keys, values, 1, (kernel, { keys: at, values: of, hashes, work, out }, count) =>
    kernel.sparseRoot(at, of, count, hashes, work, out),
  );
}

/**
 * Roots of the subtrees of such a map, one for each way in which the first bits of a key may be: what the map's root is folded from.
 *
 * @param depth how many bits: 1 … 16
 * @returns 32 bytes a subtree, by those bits; zeros where it is empty, the leaf where it has one entry
 * @throws KernelError as sparseRoot
 */
export function sparseBranches(keys: Uint8Array, values: Uint8Array, depth: number): Uint8Array {
  return grown(keys, values, 2 ** depth, (kernel, { keys: at, values: of, hashes, work, out }, count) =>
    kernel.sparseBranches(at, of, count, hashes, work, depth, out),
  );
}

/** Addresses of a map's arrays in the kernel's memory. */
type MapAt = Readonly<Record<'keys' | 'values' | 'hashes' | 'work' | 'out', number>>;

function grown(
  keys: Uint8Array,
  values: Uint8Array,
  nodes: number,
  grow: (kernel: Sha256Exports, at: MapAt, count: number) => number,
): Uint8Array {
  if (keys.length % DIGEST_LENGTH !== 0)
    throw new KernelError('KEYS_LENGTH_INVALID', 'each key has 32 bytes', { facts: { length: keys.length } });
  if (values.length !== keys.length)
    throw new KernelError('VALUES_LENGTH_INVALID', 'each key needs a value of 32 bytes');
  const count = keys.length / DIGEST_LENGTH;
  const kernel = instance();
  const memory = new KernelMemory(kernel.memory);
  const at = {
    keys: memory.reserve(keys.length / WORD),
    values: memory.reserve(values.length / WORD),
    hashes: memory.reserve(keys.length / WORD),
    work: memory.reserve(count * WORK),
    out: memory.reserve((nodes * DIGEST_LENGTH) / WORD),
  };
  memory.commit();
  memory.writeBytes(at.keys, keys);
  memory.writeBytes(at.values, values);
  if (!grow(kernel, at, count)) throw new KernelError('KEY_TWICE', 'a key stands twice in a sparse map');
  return memory.readBytes(at.out, nodes * DIGEST_LENGTH);
}
