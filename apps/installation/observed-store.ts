import type { AppendResult, EventStore, StreamAppend } from '#libs/messaging';
import { traced, type AppendTraces, type SpanFacts } from '#platform/tracing';

/** Hears how many events of each type were appended. */
export type AppendObserver = (counts: ReadonlyMap<string, number>) => void;

/**
 * The same store; its appends are counted by type, and are spans of their own. All else is asked of the store itself.
 */
export function observedStore<Store extends EventStore>(
  store: Store,
  appended: AppendObserver,
  traces: AppendTraces,
): Store {
  const observe = <T>(
    appends: readonly StreamAppend[],
    work: () => Promise<T>,
    resultsOf: (done: T) => readonly AppendResult[],
  ) =>
    traced('event-store.append', factsOf(appends), async (span) => {
      const done = await work();
      const results = resultsOf(done);
      const position = results.reduce((latest, one) => (one.position > latest ? one.position : latest), 0n);
      span.setAttribute('lacuna.event.position', position.toString());
      traces.remember(position);
      appended(countsOf(appends, results));
      return done;
    });
  const observed: Pick<EventStore, 'append' | 'appendBatch'> = {
    append: (stream, events, options) =>
      observe(
        [{ stream, events }],
        () => store.append(stream, events, options),
        (result) => [result],
      ),
    appendBatch: (appends) =>
      observe(
        appends,
        () => store.appendBatch(appends),
        (results) => results,
      ),
  };
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(observed, name)) return observed[name as keyof typeof observed];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function factsOf(appends: readonly StreamAppend[]): SpanFacts {
  const types = new Set(appends.flatMap(({ events }) => events.map(({ type }) => type)));
  return {
    'lacuna.event.types': [...types].join(' '),
    'lacuna.event.count': appends.reduce((sum, { events }) => sum + events.length, 0),
  };
}

/** Of an append that was partly a repetition only the number of new events is known: they count as of its first type. */
function countsOf(appends: readonly StreamAppend[], results: readonly AppendResult[]): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (type: string, by: number): void => void counts.set(type, (counts.get(type) ?? 0) + by);
  appends.forEach(({ events }, at) => {
    const { appended } = results[at];
    if (appended === events.length) for (const { type } of events) count(type, 1);
    else if (appended > 0) count(events[0].type, appended);
  });
  return counts;
}
