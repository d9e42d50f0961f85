import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { builtFile } from '#platform/build';
import type { Role } from '#platform/callers';

interface Starting {
  readonly folder: string;
  readonly port?: number;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It has said this when `start` resolves. */
  readonly until?: string;
}

/** The built API as a process of its own on a free port; `npm test` builds it first. */
export class ApiProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly written: { out: string; err: string },
  ) {}

  static async start({
    folder,
    port,
    argv = [],
    env = {},
    until = 'Lacuna listens',
  }: Starting): Promise<ApiProcess> {
    const listens = port ?? (await freePort());
    const child = spawn(
      process.execPath,
      [
        builtFile('apps/api/main.js'),
        ...['--data-folder', folder, '--port', String(listens), '--threads', '1'],
        ...argv,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } },
    );
    const written = { out: '', err: '' };
    child.stdout.on('data', (piece: Buffer) => (written.out += piece.toString('utf8')));
    child.stderr.on('data', (piece: Buffer) => (written.err += piece.toString('utf8')));
    await new Promise<void>((resolve, reject) => {
      child.once('close', () => reject(new Error(`the API did not start: ${written.out}${written.err}`)));
      child.stdout.on('data', () => written.out.includes(until) && resolve());
    });
    return new ApiProcess(child, `http://127.0.0.1:${listens}`, written);
  }

  /** All that the process has written, to standard output and to standard error. */
  get said(): string {
    return this.written.out + this.written.err;
  }

  get out(): string {
    return this.written.out;
  }

  /** Tokens that a first start shows. */
  get tokens(): ReadonlyMap<Role, string> {
    return new Map(
      [...this.out.matchAll(/^ {2}(\w+) +(\S{20,})$/gm)].map(([, role, token]) => [role as Role, token]),
    );
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** @returns its exit code; -1 where a signal ended it */
  async ended(): Promise<number> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode ?? -1;
  }

  async stop(): Promise<number> {
    this.signal('SIGTERM');
    return this.ended();
  }
}

export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    }),
  );
}
