import type { CheckpointView } from '#libs/portal-contract';
import type { ToldHead } from './growth-check.js';

/** Two sizes of the ledger that are to be compared. */
export interface ComparedSizes {
  readonly older: number;
  readonly newer: number;
}

/** What the address asks for, or else the newest checkpoint and the one before it. */
export function comparedSizes(
  address: URLSearchParams,
  newestFirst: readonly CheckpointView[],
): ComparedSizes {
  const newer = sizeIn(address, 'newer') ?? newestFirst[0]?.size ?? 1;
  const before = newestFirst.find(({ size }) => size < newer)?.size;
  return { older: sizeIn(address, 'older') ?? before ?? newer, newer };
}

/** The address with the sizes, as they were chosen: while somebody types, the larger one may come first. */
export function withSizes(address: URLSearchParams, { older, newer }: ComparedSizes): URLSearchParams {
  const next = new URLSearchParams(address);
  next.set('older', String(older));
  next.set('newer', String(newer));
  return next;
}

/** The sizes in the order in which they can be compared. */
export function inOrder({ older, newer }: ComparedSizes): ComparedSizes {
  return { older: Math.min(older, newer), newer: Math.max(older, newer) };
}

/** A size with the root that the list tells for it, where the list has it. */
export function toldHead(size: number, told: readonly CheckpointView[]): ToldHead {
  const rootHash = told.find((checkpoint) => checkpoint.size === size)?.rootHash;
  return { size, ...(rootHash !== undefined && { rootHash }) };
}

function sizeIn(address: URLSearchParams, name: keyof ComparedSizes): number | undefined {
  const said = address.get(name) ?? '';
  return /^[1-9]\d{0,14}$/.test(said) ? Number(said) : undefined;
}
