import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

export type LiveState = 'connecting' | 'live' | 'interrupted';

const AGAIN_AFTER = 5_000; // ms

/**
 * Keeps a query up to date by server-sent events, each of which is its whole new value unless `merge` says what it changes.
 *
 * @param path nothing is opened while it is undefined
 * @param merge one and the same function at every call
 * @example
 * const request = useQuery({ queryKey: ['request', id], queryFn });
 * const live = useLive<RequestDetail>(`/v1/me/requests/${id}/events`, ['request', id]);
 */
export function useLive<T, News = T>(
  path: string | undefined,
  queryKey: QueryKey,
  merge: (before: T | undefined, news: News) => T | undefined = whole,
): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  const key = JSON.stringify(queryKey);
  useEffect(() => {
    if (path === undefined) return undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    const open = () => {
      source = new EventSource(path);
      source.onopen = () => setState('live');
      source.onmessage = ({ data }: MessageEvent<string>) =>
        client.setQueryData<T>(JSON.parse(key) as QueryKey, (before) =>
          merge(before, JSON.parse(data) as News),
        );
      source.onerror = () => {
        setState('interrupted');
        if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        again = setTimeout(open, AGAIN_AFTER);
        void client.invalidateQueries({ queryKey: JSON.parse(key) as QueryKey });
      };
    };
    open();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, [path, key, merge, client]);
  return state;
}

function whole<T, News>(_before: T | undefined, news: News): T {
  return news as unknown as T;
}
