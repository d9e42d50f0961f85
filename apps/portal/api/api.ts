import type { SessionView } from '#libs/portal-contract';
import { createClient, type Client } from './client.js';
import { queryClient, SESSION_KEY } from './query-client.js';

/** The server, for the session that this browser has. */
export const api: Client = createClient({
  csrf: () => queryClient.getQueryData<SessionView>(SESSION_KEY)?.csrf,
  renewCsrf: async () => {
    const session = await api.get<SessionView>('/v1/session');
    queryClient.setQueryData(SESSION_KEY, session);
    return session.csrf;
  },
});
