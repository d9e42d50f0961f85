import type { SessionView } from '#libs/portal-contract';
import { createClient } from './client.js';
import { queryClient, SESSION_KEY } from './query-client.js';

/** The server, for the session that this browser has. */
export const api = createClient({
  csrf: () => queryClient.getQueryData<SessionView>(SESSION_KEY)?.csrf,
});
