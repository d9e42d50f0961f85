import { OPENING_LENGTH, recordLabel, type InteractionRecord, type StoredRecord } from '#libs/contracts';
import { hmacSha256, sha256, utf8, type HmacSha256, type Sha256 } from '#libs/essentials';

export interface NamingOptions {
  readonly purpose: string;
  /** Faster implementations where there are any. */
  readonly hash?: Sha256;
  readonly hmac?: HmacSha256;
}

/**
 * Records of a data file, as read models keep them. What a vault would draw at random is named after the person and the record
 * instead, so that every run has the same: nobody's privacy hangs on it, because such records are only measured.
 */
export function namedRecords(
  subject: string,
  interactions: readonly InteractionRecord[],
  { purpose, hash = sha256, hmac = hmacSha256 }: NamingOptions,
): StoredRecord[] {
  const labelKey = hash(utf8(`label key\n${subject}`));
  return interactions.map((interaction) => {
    const label = recordLabel(labelKey, interaction, hmac);
    const opening = hash(label).subarray(0, OPENING_LENGTH);
    return { ...interaction, purpose, label, opening, position: 1n };
  });
}
