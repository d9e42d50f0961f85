import type { EventMetadata } from '#libs/messaging';
import { INTERNAL_PREFIX } from './own-events.js';

/** Key in the metadata of an event that came from another log: where and when it stood there. */
const KEY = `${INTERNAL_PREFIX}carried`;

export interface CarriedFrom {
  readonly position: string;
  readonly recordedAt: string;
}

/** What an event that is carried over says beside its own metadata. */
export function carriedMetadata(metadata: EventMetadata, from: CarriedFrom): EventMetadata {
  return { ...metadata, [KEY]: { ...from } };
}

/** Takes apart what `carriedMetadata` has joined. */
export function carriedOf(metadata: EventMetadata): { from?: CarriedFrom; metadata: EventMetadata } {
  const { [KEY]: from, ...own } = metadata;
  return from === undefined ? { metadata } : { from: from as unknown as CarriedFrom, metadata: own };
}
