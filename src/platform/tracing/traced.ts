import {
  context,
  isSpanContextValid,
  SpanStatusCode,
  trace,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { isCodedError } from '#libs/essentials';

/**
 * What may be said in a span: ids that are random, names that the program gives, counts. Nothing that a person or a caller wrote; a new
 * fact is to be decided about here.
 */
export interface SpanFacts {
  readonly 'http.request.method'?: string;
  readonly 'http.route'?: string;
  readonly 'http.response.status_code'?: number;
  readonly 'lacuna.request.id'?: string;
  readonly 'lacuna.request.step'?: string;
  readonly 'lacuna.rebuild.id'?: string;
  readonly 'lacuna.line'?: string;
  readonly 'lacuna.shard'?: number;
  readonly 'lacuna.event.types'?: string;
  readonly 'lacuna.event.count'?: number;
  readonly 'lacuna.event.position'?: string;
  readonly 'lacuna.ledger.index'?: number;
}

const tracer = () => trace.getTracer('lacuna');

/**
 * Runs work as a span under the one that is current. Costs next to nothing while nobody traces. Of an error a span holds the code, never
 * the message.
 *
 * @example
 * await traced('ledger.append', {}, () => this.add({ entry }));
 */
export function traced<T>(name: string, facts: SpanFacts, work: (span: Span) => Promise<T>): Promise<T> {
  return tracedWith(name, { facts }, work);
}

/** The same with links to spans that the work also belongs to. */
export function tracedWith<T>(
  name: string,
  { facts, links = [] }: { readonly facts: SpanFacts; readonly links?: readonly Link[] },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, { attributes: { ...facts }, links: [...links] }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute('error.type', codeOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Where the work at hand is traced; undefined where it is not. */
export function currentSpan(): SpanContext | undefined {
  const span = trace.getSpan(context.active())?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? span : undefined;
}

export function linkTo(span: SpanContext): Link {
  return { context: span };
}

function codeOf(error: unknown): string {
  return isCodedError(error) ? error.code : 'INTERNAL';
}

/** Runs work under a span of another process of ours, where one is named. */
export function within<T>(span: SpanContext | undefined, work: () => T): T {
  if (span === undefined) return work();
  return context.with(trace.setSpanContext(context.active(), span), work);
}

/** The work at hand, as a header names it (W3C Trace Context §3.2); undefined where it is not traced. */
export function traceparent(): string | undefined {
  const span = currentSpan();
  return span && `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/; // W3C Trace Context §3.2

/** The span that a header names; undefined when it names none. @param traceparent chosen by the caller */
export function remoteSpan(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined) return undefined;
  const span = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}
