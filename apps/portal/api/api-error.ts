import { CodedError } from '#libs/essentials';
import type { ProblemView } from '#libs/portal-contract';

/** What went wrong with a call, as the server said it (RFC 9457) or as the browser found it. */
export class ApiError extends CodedError {
  constructor(
    code: string,
    message: string,
    /** 0 when no answer came. */
    readonly status: number,
    details: {
      readonly nextStep?: string;
      readonly facts?: ProblemView['facts'];
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, {
      nextStep: details.nextStep,
      cause: details.cause,
      facts: plainFacts(details.facts),
    });
  }
}

/** Whether the session is another one than the portal thinks: it may have ended, or an erasure has left a follower's of it. */
export function isOtherSession(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** Whether the same call may go well a little later. */
export function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502);
}

type PlainFacts = Record<string, string | number | boolean>;

function plainFacts(facts: ProblemView['facts'] = {}): PlainFacts {
  return Object.fromEntries(
    Object.entries(facts).filter((fact): fact is [string, PlainFacts[string]] =>
      ['string', 'number', 'boolean'].includes(typeof fact[1]),
    ),
  );
}
