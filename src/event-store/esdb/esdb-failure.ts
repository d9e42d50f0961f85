import { EventStoreError } from '#libs/messaging';
import { SETTING } from './esdb-address.js';

/** Codes of gRPC (grpc/grpc, doc/statuscodes.md). */
const status = {
  cancelled: 1,
  unknown: 2,
  deadline: 4,
  denied: 7,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

/** What a call failed of, as far as it matters what to do next. */
export type EsdbFailure =
  /** Perhaps done, perhaps not: to be tried again. */
  | 'unavailable'
  | 'not-leader'
  | 'timed-out'
  /** Not to be tried again. */
  | 'access-denied'
  | 'stream-deleted'
  | 'stream-not-found'
  | 'wrong-revision'
  | 'too-large'
  | 'other';

/** The server's words for what went wrong, in the trailer `exception` (EventStoreDB, Constants.cs). */
const EXCEPTIONS: Readonly<Record<string, EsdbFailure>> = {
  'not-leader': 'not-leader',
  'access-denied': 'access-denied',
  'stream-deleted': 'stream-deleted',
  'stream-not-found': 'stream-not-found',
  'wrong-expected-version': 'wrong-revision',
  'maximum-append-size-exceeded': 'too-large',
  'maximum-append-event-size-exceeded': 'too-large',
};

/** Which failures pass when one waits. */
export function passes(failure: EsdbFailure): boolean {
  return failure === 'unavailable' || failure === 'not-leader' || failure === 'timed-out';
}

/** A node answered with less than it is known to have: a leader of before, which has not heard yet that it is none. */
export class NodeBehind extends Error {
  readonly type = 'not-leader';
}

interface Raw {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly type?: unknown;
  readonly message?: unknown;
  readonly metadata?: { getMap(): Record<string, unknown> };
}

export function failureOf(error: unknown): EsdbFailure {
  if (error instanceof EventStoreError || typeof error !== 'object' || error === null) return 'other';
  const { code, type, message, metadata } = error as Raw;
  const exception = metadata?.getMap().exception ?? type;
  if (typeof exception === 'string' && Object.hasOwn(EXCEPTIONS, exception)) return EXCEPTIONS[exception];
  return typeof code === 'number' ? failureOfCode(code, String(message)) : failureOfClient(String(message));
}

function failureOfCode(code: number, message: string): EsdbFailure {
  switch (code) {
    case status.unavailable:
    case status.cancelled: // the server ends long calls when it resigns or shuts down
      return 'unavailable';
    case status.deadline:
    case status.aborted: // "Operation timed out"
      return 'timed-out';
    case status.denied:
    case status.unauthenticated:
      return 'access-denied';
    case status.unknown:
      return /no leader info/i.test(message) ? 'not-leader' : 'other';
    case status.internal: // a connection that broke inside a call
      return /RST_STREAM|GOAWAY|ECONNRESET|HTTP\/2|write after end/i.test(message) ? 'unavailable' : 'other';
    default:
      return 'other';
  }
}

/** The client itself fails when it finds no node, and when its channel was closed under a call that had just begun. */
function failureOfClient(message: string): EsdbFailure {
  return /^Failed to discover|channel (has been|is) (closed|shut ?down)|write after end|premature close/i.test(
    message,
  )
    ? 'unavailable'
    : 'other';
}

/** What the port says of a failure that did not pass. */
export function refusalOf(error: unknown): unknown {
  switch (failureOf(error)) {
    case 'unavailable':
    case 'timed-out':
      return new EventStoreError('STORE_UNAVAILABLE', 'the event store cannot be reached', {
        nextStep: `Check that the nodes named in ${SETTING} run and can be reached from here; what was being appended may be appended again, it is stored once.`,
        cause: error,
      });
    case 'not-leader':
      return new EventStoreError('STORE_NOT_LEADER', 'the event store has no leader that can be reached', {
        nextStep: `Check that a majority of its nodes runs; when ${SETTING} names a single node, name all of them, so that the leader is found.`,
        cause: error,
      });
    case 'access-denied':
      return new EventStoreError('STORE_ACCESS_DENIED', 'the event store refuses these credentials', {
        nextStep: `Give the user and the password in ${SETTING} of an account that may read $all, and append to and delete streams.`,
      });
    case 'too-large':
      return new EventStoreError(
        'APPEND_TOO_LARGE',
        'the append is larger than the event store takes at once',
        {
          nextStep:
            'Raise MaxAppendSize on the nodes of the event store; Lacuna needs its default of 1 MiB at least.',
        },
      );
    default:
      return error;
  }
}
