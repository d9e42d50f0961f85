import { concatBytes, sha256, toHex, u64be, type Sha256 } from '#libs/essentials';

/**
 * UUID version 8 (RFC 9562 §5.8) from the first 16 bytes of a digest: the same content always has the same event id.
 * @param digest at least 16 bytes
 */
export function uuidFromDigest(digest: Uint8Array): string {
  const bytes = digest.slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80; // version 8
  bytes[8] = (bytes[8] & 0x3f) | 0x80; // variant of RFC 9562
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Event id of an InteractionRecorded: SHA-256(label ‖ generation as u64). Recording the same interaction again, or after the
 * kept records were re-written into the next generation, meets the same id, so it is never stored twice.
 */
export function interactionEventId(label: Uint8Array, generation: number, hash: Sha256 = sha256): string {
  return uuidFromDigest(hash(concatBytes(label, u64be(generation))));
}
