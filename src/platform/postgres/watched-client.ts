import type { Socket } from 'node:net';
import pg from 'pg';

const SILENT = 5_000;
const PROBE_WITHIN = 5_000;

/** What the driver has, and its types do not say. */
interface Innards {
  readonly processID: number | null;
  readonly connection: { readonly stream: Socket };
}

export interface WatchedConfig extends pg.ClientConfig {
  /** Milliseconds without a byte after which the server is asked; default 5,000. */
  readonly silence?: number;
}

type Query = (...args: unknown[]) => unknown;

/**
 * A client that does not wait for answers over a dead connection. Keep-alive of TCP says nothing while something is unanswered, and nothing at all
 * where a proxy or a firewall stands between; a limit of time ends long statements as well. So when nothing comes for a while, the server is
 * asked over a new connection whether it still works on the statement. When it does not, its session is ended, with its locks, and so is the
 * connection: whoever waits is told, as of any connection that breaks. When the server cannot be asked, nothing is known, and it is asked again.
 *
 * @example new pg.Pool({ connectionString, Client: WatchedClient })
 */
export class WatchedClient extends pg.Client {
  private readonly settings: WatchedConfig;

  constructor(config: string | WatchedConfig = {}) {
    super(config);
    this.settings = typeof config === 'string' ? { connectionString: config } : config;
    const query = this.query.bind(this) as Query;
    this.query = ((...args: unknown[]) => {
      const answered = this.watch();
      const last = args.at(-1);
      if (typeof last === 'function')
        args[args.length - 1] = (...answer: unknown[]) => {
          answered();
          (last as (...answer: unknown[]) => void)(...answer);
        };
      const answer = query(...args);
      return answer instanceof Promise ? answer.finally(answered) : answer;
    }) as typeof this.query;
  }

  /** @returns to be called when there is an answer, whatever it is */
  private watch(): () => void {
    let isAnswered = false;
    let heard = this.stream.bytesRead;
    let timer: NodeJS.Timeout;
    const look = async (): Promise<void> => {
      const before = heard;
      heard = this.stream.bytesRead;
      const isSilent = (): boolean => !isAnswered && this.stream.bytesRead === before;
      const isGone = isSilent() && (await this.endForgotten(isSilent));
      if (isAnswered) return;
      if (isGone) this.stream.destroy();
      else next();
    };
    const next = (): void => {
      timer = setTimeout(() => void look(), this.settings.silence ?? SILENT).unref();
    };
    next();
    return () => {
      isAnswered = true;
      clearTimeout(timer);
    };
  }

  /**
   * Ends the session at the server unless it works on a statement.
   * @returns whether there is none any more; false where the server cannot be asked
   */
  private async endForgotten(isSilent: () => boolean): Promise<boolean> {
    const { processID } = this as unknown as Innards;
    if (processID === null) return false; // still connecting, which has a limit of its own
    const probe = new pg.Client({
      ...this.settings,
      password: this.settings.password, // pools hide it from whoever copies their settings
      connectionTimeoutMillis: PROBE_WITHIN,
      query_timeout: PROBE_WITHIN,
      application_name: 'lacuna probe',
    });
    probe.on('error', () => {}); // told by the call that fails
    try {
      await probe.connect();
      const { rows } = await probe.query<{ state: string | null }>(
        'SELECT state FROM pg_stat_activity WHERE pid = $1 AND usename = current_user AND datname = current_database()',
        [processID],
      );
      const isWorking = rows.some(({ state }) => state === 'active' || state === 'fastpath function call');
      if (isWorking || !isSilent()) return false; // its answer may have been on the way
      if (rows.length > 0) await probe.query('SELECT pg_terminate_backend($1)', [processID]);
      return true;
    } catch {
      return false;
    } finally {
      await probe.end().catch(() => {});
    }
  }

  private get stream(): Socket {
    return (this as unknown as Innards).connection.stream;
  }
}
