import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { methodOf, routeOf } from './trace-requests.js';

/** An answer that was given, without anything that the caller wrote. */
export interface Answer {
  /** Random; the caller finds it in the header X-Request-Id. */
  readonly request: string;
  readonly method: string;
  /** The template, such as /v1/requests/:requestId. */
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}

const ids = new WeakMap<object, string>();

/** Gives every request a random id, and tells of every answer. */
export function watchAnswers(...listeners: readonly ((answer: Answer) => void)[]): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    const id = randomUUID();
    ids.set(request, id);
    response.setHeader('X-Request-Id', id);
    response.once('close', () => {
      const answer: Answer = {
        request: id,
        method: methodOf(request),
        route: routeOf(request),
        status: response.statusCode,
        milliseconds: Math.round((performance.now() - began) * 10) / 10,
      };
      for (const listener of listeners) listener(answer);
    });
    next();
  };
}

/** The id by which the operator's log knows a request. */
export function requestIdOf(request: Request): string | undefined {
  return ids.get(request);
}
