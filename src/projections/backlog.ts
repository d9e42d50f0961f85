import type { EventStore, RecordedEvent } from '#libs/messaging';
import type { FoldedInteractions, InteractionFold } from './interaction-fold.js';

/** A run of the log: its records packed, its other events in order. */
export interface BacklogWindow {
  readonly upTo: bigint;
  readonly folded: FoldedInteractions;
  readonly others: readonly RecordedEvent[];
}

export interface BacklogQuery {
  /** Exclusive. */
  readonly after: bigint;
  /** Inclusive. */
  readonly upTo: bigint;
  /** Events to deliver besides InteractionRecorded. */
  readonly otherTypes: readonly string[];
  /** Events in a window, at most. */
  readonly windowSize: number;
}

type Plan = Pick<BacklogWindow, 'others' | 'upTo'> & { readonly after: bigint };

/**
 * Reads a long log in windows, in order, while the fold works on the next ones. A window ends at every RecordsErased, which is its last
 * event. Therefore records may be taken before the other events of their window: they are written to training_records with
 * an eye on deleted_labels, and RecordsErased is the only other event that touches either.
 *
 * @throws what the store and the fold throw
 */
export async function* backlogWindows(
  store: Pick<EventStore, 'readAll' | 'positions'>,
  fold: InteractionFold,
  query: BacklogQuery,
): AsyncGenerator<BacklogWindow, void, undefined> {
  const ahead: Promise<BacklogWindow>[] = [];
  for await (const { after, upTo, others } of plannedWindows(store, query)) {
    const window = fold.fold(after, upTo).then((folded) => ({ upTo, folded, others }));
    window.catch(() => {}); // told in its turn
    ahead.push(window);
    if (ahead.length >= fold.windowsAhead) yield (await ahead.shift())!;
  }
  for (const window of ahead) yield await window;
}

async function* plannedWindows(
  store: Pick<EventStore, 'readAll' | 'positions'>,
  query: BacklogQuery,
): AsyncGenerator<Plan, void, undefined> {
  const { after, upTo, otherTypes } = query;
  let to: bigint;
  for (let from = after; from < upTo; from = to) {
    to = await windowEnd(store, from, query);
    let start = from;
    let others: RecordedEvent[] = [];
    for await (const event of store.readAll({ from, upTo: to, filter: { types: otherTypes } })) {
      others.push(event);
      if (event.type !== 'RecordsErased') continue;
      yield { after: start, upTo: event.position, others };
      start = event.position;
      others = [];
    }
    if (start < to) yield { after: start, upTo: to, others };
  }
}

/** Where positions are sparse, the events have to be counted. */
async function windowEnd(
  store: Pick<EventStore, 'readAll' | 'positions'>,
  from: bigint,
  { upTo, otherTypes, windowSize }: BacklogQuery,
): Promise<bigint> {
  if (store.positions === 'dense') {
    const end = from + BigInt(windowSize);
    return end < upTo ? end : upTo;
  }
  const filter = { types: ['InteractionRecorded', ...otherTypes] };
  let counted = 0;
  for await (const { position } of store.readAll({ from, upTo, filter }))
    if (++counted === windowSize) return position;
  return upTo;
}
