import type { EventFilter, RecordedEvent } from '#libs/messaging';

/** The rule of `EventFilter`, for adapters that filter in memory. */
export function passes(
  filter: EventFilter | undefined,
  event: Pick<RecordedEvent, 'type' | 'stream'>,
): boolean {
  const { types, streamPrefixes } = filter ?? {};
  if (types !== undefined && !types.includes(event.type)) return false;
  return streamPrefixes === undefined || streamPrefixes.some((prefix) => event.stream.startsWith(prefix));
}
