import { createServer, type Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { isCodedError } from '#libs/essentials';

const LOOK_AGAIN = 500; // ms
const LIVE = '/health/live';
/** Of the folder's lock, and of the session on PostgreSQL that writes: the server may end it some seconds after its host is gone. */
const IN_USE: ReadonlySet<string> = new Set(['DATA_FOLDER_IN_USE', 'READ_MODELS_IN_USE']);

/** What a second api waits for, and how those who ask find it meanwhile. */
export interface StandbyOptions {
  readonly host: string;
  readonly port: number;
  /** Hears once that somebody else works in the data folder. */
  readonly onWaiting: () => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Opens what another process may have open: waits until its lock is gone, which the system takes from a process that ends, however it ends. While
 * it waits, `/health/live` says that it lives, and `/health/ready` that it is a standby, so that no load balancer sends anybody here.
 *
 * @param open refuses with DATA_FOLDER_IN_USE or READ_MODELS_IN_USE while another process is there
 * @throws what `open` throws for any other reason; the signal's reason
 */
export async function openWhenFree<T>(
  open: () => Promise<T>,
  { host, port, onWaiting, signal }: StandbyOptions,
): Promise<T> {
  let health: Server | undefined;
  try {
    for (;;) {
      const opened = await unlessInUse(open);
      if (opened !== undefined) return opened.value;
      if (health === undefined) {
        health = await serveStandby(host, port);
        onWaiting();
      }
      await setTimeout(LOOK_AGAIN, undefined, { signal });
    }
  } finally {
    if (health !== undefined) await closed(health); // the port is the api's now
  }
}

async function unlessInUse<T>(open: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await open() };
  } catch (error) {
    if (isCodedError(error) && IN_USE.has(error.code)) return undefined;
    throw error;
  }
}

function serveStandby(host: string, port: number): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const isLive = url === LIVE;
    response.writeHead(isLive ? 200 : 503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(
      JSON.stringify(isLive ? { status: 'live' } : { status: 'standby', missing: ['SERVER_STANDBY'] }),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
