import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemOf } from './coded-error-filter.js';
import { HttpError } from './http-error.js';

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** As Node has it for `server.requestTimeout`. */
const WHOLE_BODY = 300_000; // ms
const SILENCE = 60_000; // ms

const timers = new WeakMap<object, NodeJS.Timeout>();

/**
 * Answers 408 BODY_TOO_SLOW when a body has not arrived as a whole after so many milliseconds, so that nobody holds connections by dripping.
 * Takes the place of `server.requestTimeout`, which counts for all routes alike; a route that lets a body go on says so.
 *
 * @see letBodyGoOn
 */
export function limitBodyTime(milliseconds = WHOLE_BODY): Handler {
  return (request, response, next) => {
    const timer = setTimeout(() => request.complete || refuse(request, response), milliseconds).unref();
    timers.set(request, timer);
    request.once('close', () => clearTimeout(timer));
    next();
  };
}

/**
 * The body of a request, for as long as it goes on; for routes that only machines with a token call.
 *
 * @param milliseconds in which something must come
 * @throws HttpError BODY_SILENT when nothing comes
 */
export async function* letBodyGoOn(request: IncomingMessage, milliseconds = SILENCE): AsyncGenerator<Buffer> {
  clearTimeout(timers.get(request));
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false }); // the answer needs the connection
  let waiting = false; // a return would wait for what is waited for
  try {
    for (;;) {
      waiting = true;
      const next = await withoutSilence(chunks.next(), milliseconds);
      waiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!waiting) await chunks.return?.();
  }
}

async function withoutSilence<T>(next: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function silent(milliseconds: number): HttpError {
  return new HttpError('BODY_SILENT', `Nothing has come for ${milliseconds / 1000} seconds`, {
    nextStep: 'Send again what was not answered, in a new request; what was recorded already is not doubled.',
  });
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return void request.destroy();
  const problem = problemOf(
    new HttpError('BODY_TOO_SLOW', 'The body has not arrived in time', {
      nextStep:
        'Send it again, in less time; POST /v1/interactions/bulk takes lines for as long as they come.',
    }),
  );
  response.statusCode = problem.status;
  response.setHeader('Connection', 'close');
  response.setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify(problem), () => request.destroy());
}
