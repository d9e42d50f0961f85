import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

export type LiveState = 'connecting' | 'live' | 'interrupted';

const AGAIN_AFTER = 5_000; // ms

/**
 * Keeps a query up to date by server-sent events, each of which is its whole new value.
 *
 * @param path nothing is opened while it is undefined
 * @example
 * const request = useQuery({ queryKey: ['request', id], queryFn });
 * const live = useLive<RequestDetail>(`/v1/me/requests/${id}/events`, ['request', id]);
 */
export function useLive<T>(path: string | undefined, queryKey: QueryKey): LiveState {
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
        client.setQueryData<T>(JSON.parse(key) as QueryKey, JSON.parse(data) as T);
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
  }, [path, key, client]);
  return state;
}
