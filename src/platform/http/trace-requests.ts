import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Request, RequestHandler } from 'express';
import { linkTo, remoteSpan } from '#platform/tracing';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Makes every request a span, named by the template of its route: what stands in a path may name a person. A trace that the caller is in
 * becomes a link and not the parent, because anybody may call.
 */
export const traceRequests: RequestHandler = (request, response, next) => {
  const caller = remoteSpan(request.get('traceparent'));
  const method = methodOf(request);
  const span = trace.getTracer('lacuna').startSpan(method, {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': method },
    links: caller === undefined ? [] : [linkTo(caller)],
  });
  response.once('close', () => {
    const route = routeOf(request);
    span.updateName(`${method} ${route}`);
    span.setAttributes({ 'http.route': route, 'http.response.status_code': response.statusCode });
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(context.active(), span), next);
};

/** The pattern that the router matched; requests that matched none count together, whatever they asked for. */
export function routeOf(request: Pick<Request, 'route'>): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'none';
}

/** A method that is a word of the protocol. */
export function methodOf({ method }: Pick<Request, 'method'>): string {
  return METHODS.has(method) ? method : 'other';
}
