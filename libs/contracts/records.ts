import { concatBytes, hmacSha256, sha256, utf8, type HmacSha256, type Sha256 } from '#libs/essentials';

/** What makes an interaction that interaction. `time` is in whole seconds since 1970-01-01T00:00:00Z. */
export interface RecordIdentity {
  readonly item: string;
  readonly type: string;
  readonly time: number;
}

/** One interaction of one person, as a shard trains on it. */
export interface InteractionRecord extends RecordIdentity {
  /** Rating, listening count, 1 for a plain event; finite. */
  readonly value: number;
}

const SECONDS_A_DAY = 86_400;

/** Bytes of the canonical identity: the JSON array [item, type, seconds], which JCS leaves as it is. */
export function encodeIdentity({ item, type, time }: RecordIdentity): Uint8Array {
  return utf8(JSON.stringify([item, type, time]));
}

/**
 * Record label (DESIGN §6): HMAC-SHA-256 of the identity under the subject's label key, 32 bytes. The same interaction added
 * again has the same label; without the key it says nothing.
 */
export function recordLabel(
  labelKey: Uint8Array,
  identity: RecordIdentity,
  hmac: HmacSha256 = hmacSha256,
): Uint8Array {
  return hmac(labelKey, encodeIdentity(identity));
}

/**
 * Coarse label: item and type without regard to case, UTC day. Tombstones keep it, so that a record re-added under a shifted second or in
 * another spelling is noticed.
 */
export function coarseLabel(
  labelKey: Uint8Array,
  { item, type, time }: RecordIdentity,
  hmac: HmacSha256 = hmacSha256,
): Uint8Array {
  const day = Math.floor(time / SECONDS_A_DAY);
  return hmac(labelKey, utf8(JSON.stringify([caseFolded(item), caseFolded(type), 'day', day])));
}

/**
 * Coarse labels under which a record may have been deleted when its clock was off by at most `seconds`: one, or two around midnight UTC.
 *
 * @param seconds at most a day
 */
export function coarseLabelsAround(
  labelKey: Uint8Array,
  identity: RecordIdentity,
  seconds: number,
  hmac: HmacSha256 = hmacSha256,
): readonly Uint8Array[] {
  const dayOf = (time: number): number => Math.floor(time / SECONDS_A_DAY);
  const days = [-seconds, 0, seconds].map((shift) => dayOf(identity.time + shift));
  return [...new Set(days)].map((day) =>
    coarseLabel(labelKey, { ...identity, time: day * SECONDS_A_DAY }, hmac),
  );
}

/** One spelling for all that differ in case or in the composition of characters (Unicode NFKC). */
function caseFolded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** Length in bytes of the random opening that hides a record inside its commitment. */
export const OPENING_LENGTH = 16;

/** The text of a record inside its commitment: the JSON array [item, type, seconds, value], which JCS leaves as it is. */
export function recordText(record: InteractionRecord): string {
  return JSON.stringify([record.item, record.type, record.time, record.value]);
}

/** Value of a record in the dataset map (DESIGN §6): H(opening ‖ recordText in UTF-8). */
export function recordCommitment(
  opening: Uint8Array,
  record: InteractionRecord,
  hash: Sha256 = sha256,
): Uint8Array {
  return hash(concatBytes(opening, utf8(recordText(record))));
}
