import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from './http-error.js';
import { changesSomething } from './cross-site.js';
import { problemOf } from './coded-error-filter.js';

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const RETRY_AFTER = 5; // seconds; by then a load balancer has another process

const takenBy = new WeakMap<object, Traffic>();

/** For work that goes on as long as its caller likes: throws as soon as the server is to stop. @throws HttpError SERVER_STOPPING */
export function refuseWhenStopping(request: object): void {
  if (takenBy.get(request)?.isStopping === true) throw stopping();
}

/**
 * What is under way, and whether more is taken: a server that stops says so first, refuses what would change something, and answers what it
 * has begun. Reads go on until the connections are closed.
 */
export class Traffic {
  private changing = 0;
  private stopped = false;
  private waiters: (() => void)[] = [];

  get isStopping(): boolean {
    return this.stopped;
  }

  /** Refuses from now on. */
  stop(): void {
    this.stopped = true;
  }

  /** Goes before everything else. */
  readonly admit: Handler = (request, response, next) => {
    if (this.stopped) response.setHeader('Connection', 'close'); // so that nothing else comes on it
    if (!changesSomething(request)) return next();
    if (this.stopped) return refuse(response);
    this.changing++;
    takenBy.set(request, this);
    response.once('close', () => this.ended());
    next();
  };

  /** Resolves when nothing is under way that changes something, or when the time is over. @returns whether everything ended */
  async settled(milliseconds: number): Promise<boolean> {
    if (this.changing === 0) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.changing === 0;
  }

  private ended(): void {
    if (--this.changing > 0) return;
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}

function refuse(response: ServerResponse): void {
  const problem = problemOf(stopping());
  response.statusCode = problem.status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Retry-After', String(RETRY_AFTER));
  response.end(JSON.stringify(problem));
}

function stopping(): HttpError {
  return new HttpError('SERVER_STOPPING', 'This server is about to stop', {
    nextStep: 'Send again what was not answered; nothing of that was done.',
  });
}
