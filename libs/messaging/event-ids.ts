import { sha256, toHex, utf8, type Sha256 } from '#libs/essentials';

/**
 * A UUID (version 8, RFC 9562 §5.8) that depends on the parts and nothing else: whoever repeats a step makes the same event,
 * and the store keeps one.
 *
 * @example
 * namedEventId('RequestAccepted', requestId);
 */
export function namedEventId(...parts: readonly string[]): string {
  return uuidFrom(sha256(utf8(JSON.stringify(parts))));
}

/** Id of the InteractionRecorded event of a record label (32 bytes) in a generation. */
export function interactionEventId(label: Uint8Array, generation: number, hash: Sha256 = sha256): string {
  const name = new Uint8Array(label.length + 4);
  name.set(label);
  new DataView(name.buffer).setUint32(label.length, generation);
  return uuidFrom(hash(name));
}

function uuidFrom(digest: Uint8Array): string {
  const bytes = digest.slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80; // version 8
  bytes[8] = (bytes[8] & 0x3f) | 0x80; // variant of RFC 9562
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
