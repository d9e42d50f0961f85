import type { ServerResponse } from 'node:http';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { CodedError } from '#libs/essentials';
import { requestIdOf } from './answers.js';
import { AnsweredOtherwise } from './answered-otherwise.js';
import { HttpError } from './http-error.js';
import { SentBack } from './sent-back.js';
import { statusOfCode } from './status-of-code.js';

/** Problem details (RFC 9457 §3) with our code and next step. No `instance`: a path may name a person. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly nextStep?: string;
  readonly facts?: CodedError['facts'];
}

/** Gets what the caller is not told, for the operator's log. @param request id that the caller was told */
export type ErrorReporter = (error: unknown, request?: string) => void;

/** Turns every error into problem+json. What is not a coded error, or has a code nobody can act on, answers 500 without details. */
@Catch()
export class CodedErrorFilter implements ExceptionFilter {
  constructor(private readonly report: ErrorReporter) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<ServerResponse>();
    if (error instanceof AnsweredOtherwise && !response.headersSent) return answerOtherwise(error, response);
    const told = error instanceof SentBack ? error.cause : error;
    const problem = problemOf(told);
    if (problem.status >= 500) this.report(told, requestIdOf(http.getRequest()));
    if (response.writableEnded) return;
    if (response.headersSent) {
      response.destroy(); // a broken-off answer must not look like a whole one
      return;
    }
    if (error instanceof SentBack) return sendTo(`${error.page}?refused=${problem.code}`, response);
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer'); // RFC 6750 §3
    const { retryAfter } = problem.facts ?? {};
    if (problem.status === 429 && retryAfter !== undefined)
      response.setHeader('Retry-After', String(retryAfter)); // RFC 6585 §4
    response.statusCode = problem.status;
    response.setHeader('Content-Type', 'application/problem+json');
    response.end(JSON.stringify(problem));
  }
}

/** @example problemOf(new HttpError('TOKEN_MISSING', '…')).status // 401 */
export function problemOf(error: unknown): Problem {
  const coded: CodedError | undefined = error instanceof CodedError ? error : fromFramework(error);
  const status = coded === undefined ? 500 : statusOfCode(coded.code);
  if (coded === undefined || status === 500)
    return {
      type: 'urn:lacuna:problem:INTERNAL',
      title: 'Something went wrong here',
      status: 500,
      code: 'INTERNAL',
      nextStep: 'Try again; when it happens again, tell the operator the time of the request.',
    };
  const { code, message, nextStep, facts } = coded;
  const hasFacts = Object.values(facts).some((fact) => fact !== undefined);
  return {
    type: `urn:lacuna:problem:${code}`,
    title: message,
    status,
    code,
    ...(nextStep !== undefined && { nextStep }),
    ...(hasFacts && { facts }),
  };
}

/** What Nest and the body parser throw: their messages may quote the request, so they are not passed on. */
function fromFramework(error: unknown): HttpError | undefined {
  switch (statusOf(error)) {
    case 400:
      return new HttpError('BODY_NOT_JSON', 'The request cannot be read', {
        nextStep: 'Check that the body is JSON and the parameters are of the documented types.',
      });
    case 404:
      return new HttpError('ROUTE_NOT_FOUND', 'There is nothing at this path', {
        nextStep: 'See /docs for the paths.',
      });
    case 413:
      return new HttpError('BODY_TOO_LARGE', 'The body is larger than this path takes', {
        nextStep: 'Send less at once; POST /v1/interactions/bulk takes any number of lines.',
      });
    case 415:
      return new HttpError('MEDIA_TYPE_UNSUPPORTED', 'The body is of a type that this path does not take', {
        nextStep: 'See /docs for the content type.',
      });
    default:
      return undefined;
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { status } = (error ?? {}) as { status?: unknown };
  return error instanceof Error && typeof status === 'number' ? status : undefined;
}

function sendTo(page: string, response: ServerResponse): void {
  response.statusCode = 303; // RFC 9110 §15.4.4: see what another page says
  response.setHeader('Location', page);
  response.end();
}

function answerOtherwise({ status, body }: AnsweredOtherwise, response: ServerResponse): void {
  response.statusCode = status;
  if (body !== undefined) response.setHeader('Content-Type', 'application/json');
  response.end(body && JSON.stringify(body));
}
