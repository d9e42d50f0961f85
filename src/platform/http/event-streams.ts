import type { MessageEvent } from '@nestjs/common';
import { Observable, Subject, takeUntil } from 'rxjs';

/** Milliseconds; proxies give up connections on which nothing comes for a minute or so. */
const PULSE = 20_000;

/** What a stream is fed by: views as they come, until it is over. */
export interface Feed<View extends object> {
  readonly push: (view: View) => void;
  readonly end: () => void;
}

/**
 * Server-sent events of one controller. Closing ends them all: a server that stops would wait for them for ever.
 *
 * @example
 * private readonly streams = new EventStreams();
 * @Sse('jobs/events') events() { return this.streams.open<JobView>(({ push }) => this.jobs.watch(push)); }
 * onModuleDestroy() { this.streams.close(); }
 */
export class EventStreams {
  private readonly closed = new Subject<void>();

  /** @param begin starts to feed, and returns what stops it when nobody listens any more */
  open<View extends object>(begin: (feed: Feed<View>) => () => void): Observable<MessageEvent> {
    return new Observable<MessageEvent>((listener) => {
      const pulse = setInterval(() => listener.next({ type: 'pulse', data: '' }), PULSE).unref();
      const stop = begin({
        push: (data) => listener.next({ data }),
        end: () => listener.complete(),
      });
      return () => {
        clearInterval(pulse);
        stop();
      };
    }).pipe(takeUntil(this.closed));
  }

  close(): void {
    this.closed.next();
  }
}
