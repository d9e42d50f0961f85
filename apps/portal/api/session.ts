import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { PortalConfig, SessionView } from '#libs/portal-contract';
import { api } from './api.js';
import { queryClient, SESSION_KEY } from './query-client.js';

const CONFIG_KEY = ['config'] as const;

const sessionQuery = {
  queryKey: SESSION_KEY,
  queryFn: () => api.get<SessionView>('/v1/session'),
  staleTime: 60_000,
};
const configQuery = {
  queryKey: CONFIG_KEY,
  queryFn: () => api.get<PortalConfig>('/v1/portal/config'),
  staleTime: Infinity,
};

/** Who is signed in; the shell waits for it once, so that a page always knows. */
export function useSession(): SessionView {
  return useSuspenseQuery(sessionQuery).data;
}

/** The same for what may be shown before it is known. */
export function useSessionIfKnown(): SessionView | undefined {
  return useQuery(sessionQuery).data;
}

export function usePortalConfig(): PortalConfig {
  return useSuspenseQuery(configQuery).data;
}

/** Goes on as somebody else: nothing that was read for the one before stays. */
export function enterSession(session: SessionView): void {
  queryClient.removeQueries({
    predicate: ({ queryKey }) => queryKey[0] !== CONFIG_KEY[0] && queryKey[0] !== SESSION_KEY[0],
  });
  queryClient.setQueryData(SESSION_KEY, session);
}

/** A sign-in of any kind: a call that answers with the session it opened. */
export function useSignIn<Body extends object>(path: string) {
  return useMutation({
    mutationFn: (body: Body) => api.post<SessionView>(path, body),
    onSuccess: enterSession,
  });
}

/** Ends the session and loads the portal anew, so that nothing of it is left in memory: neither what was read nor keys. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => api.post<undefined>('/v1/session/logout'),
    onSuccess: () => window.location.assign('/'),
  });
}
