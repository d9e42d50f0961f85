/** One of several equal shares of the people in a log: that of `part`, from 0, `of` so many. */
export interface ReplayShare {
  readonly part: number;
  readonly of: number;
}

export const EVERYBODY: ReplayShare = { part: 0, of: 1 };

// FNV-1a, 32 bits (draft-eastlake-fnv §2), over UTF-16 units: shares only have to be about equal, and the same everywhere.
const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Whether a person belongs to a share; of all the shares of one division, exactly one says so. */
export function isInShare(subject: string, { part, of }: ReplayShare): boolean {
  let hash = FNV_OFFSET_BASIS;
  for (let at = 0; at < subject.length; at++) hash = Math.imul(hash ^ subject.charCodeAt(at), FNV_PRIME);
  return (hash >>> 0) % of === part;
}
