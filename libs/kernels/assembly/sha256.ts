/*
 * SHA-256 (FIPS 180-4) over many short messages, and roots of sparse Merkle maps (DESIGN §6). A call from JavaScript costs more than
 * hashing 64 bytes, so that loops over records run in here, and four messages are hashed at a time. The reference is
 * libs/essentials `sha256` and libs/merkle `sparseMapRoot`.
 */
import { hash } from './sha256-block';
import { hashFour } from './sha256-lanes';

export { sparseBranches, sparseRoot } from './sparse-map';

/** out[32·m …] := SHA-256 of messages[offsets[m] … offsets[m + 1]) for m in [first, last). */
export function hashMany(first: i32, last: i32, messages: usize, offsets: usize, out: usize): void {
  let m = first;
  for (; m + 4 <= last; m += 4) hashFour(messages, offsets + (<usize>m << 2), out + (<usize>m << 5));
  for (; m < last; m++) {
    const begin = load<u32>(offsets + (<usize>m << 2));
    const end = load<u32>(offsets + (<usize>m << 2), 4);
    hash(messages + begin, end - begin, out + (<usize>m << 5));
  }
}
