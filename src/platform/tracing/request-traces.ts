import type { Link, SpanContext } from '@opentelemetry/api';
import { currentSpan, linkTo, within as withinSpan } from './traced.js';

const MOST = 10_000;

/**
 * Which trace each request of a person began in, so that what is done to it hours later is found from there. Kept in memory only: events and
 * digests know nothing of traces, and after a restart the request's id still finds its spans.
 */
export class RequestTraces {
  private readonly begun = new Map<string, SpanContext>();

  /** The request belongs to the trace of the work at hand, unless it belongs to one already. */
  begin(requestId: string): void {
    if (this.begun.has(requestId)) return;
    const span = currentSpan();
    if (span === undefined) return;
    if (this.begun.size >= MOST) this.begun.delete(this.begun.keys().next().value!);
    this.begun.set(requestId, span);
  }

  /** Runs work within the trace of a request, unless it is there already. */
  within<T>(requestId: string, work: () => T): T {
    const span = this.begun.get(requestId);
    if (span === undefined || span.traceId === currentSpan()?.traceId) return work();
    return withinSpan(span, work);
  }

  /** To the requests' traces, where they are known. */
  linksTo(requestIds: Iterable<string>): Link[] {
    return [...requestIds].flatMap((id) => {
      const span = this.begun.get(id);
      return span === undefined ? [] : [linkTo(span)];
    });
  }

  end(requestId: string): void {
    this.begun.delete(requestId);
  }
}
