import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Message } from 'google-protobuf';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { Expected } from './server-log.js';

/** Refusals as the server sends them: of a call in its trailers (RpcExceptions.cs), of a batch append in an answer (Status.cs). */

function failed(
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export const calls = {
  notLeader: ({ host, port }: { host: string; port: number }) =>
    failed(status.NOT_FOUND, 'Leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': host,
      'leader-endpoint-port': String(port),
    }),
  noLeader: () => failed(status.UNKNOWN, 'No leader info available in response'),
  notReady: () => failed(status.UNAVAILABLE, 'Server Is Not Ready'),
  timeout: () => failed(status.ABORTED, 'Operation timed out: Commit phase timeout.'),
  accessDenied: () => failed(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  unauthenticated: () => failed(status.UNAUTHENTICATED, 'Bad HTTP response: 401 Unauthorized'),
  invalidPosition: () => failed(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.'),
  unimplemented: () => failed(status.UNIMPLEMENTED, 'Service is unimplemented.'),
  streamDeleted: (stream: string) =>
    failed(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': stream,
    }),
  appendTooLarge: (size: number) =>
    failed(status.INVALID_ARGUMENT, `Maximum Append Size of ${size} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(size),
    }),
  wrongExpectedVersion: (stream: string, expected: Expected, current: number) =>
    failed(status.FAILED_PRECONDITION, 'Delete failed due to WrongExpectedVersion.', {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(versionOf(expected)),
      'actual-version': String(current),
    }),
};

export const answers = {
  wrongExpectedVersion: (expected: Expected, current: number) => {
    const details = new shared.WrongExpectedVersion();
    if (current >= 0) details.setCurrentStreamRevision(String(current));
    else details.setCurrentNoStream(new emptyPb.Empty());
    if (expected === 'any') details.setExpectedAny(new emptyPb.Empty());
    else if (expected === 'stream-exists') details.setExpectedStreamExists(new emptyPb.Empty());
    else if (expected < 0) details.setExpectedNoStream(new emptyPb.Empty());
    else details.setExpectedStreamPosition(String(expected));
    return refused(status.ALREADY_EXISTS, 'WrongExpectedVersion', details);
  },
  streamDeleted: () => refused(status.NOT_FOUND, 'StreamDeleted', new shared.StreamDeleted()),
  accessDenied: () => refused(status.PERMISSION_DENIED, 'AccessDenied', new shared.AccessDenied()),
  timeout: () => refused(status.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout()),
  unknown: () => refused(status.UNKNOWN, 'Unknown', new shared.Unknown()),
  appendTooLarge: (size: number) => {
    const details = new shared.MaximumAppendSizeExceeded();
    details.setMaxappendsize(size);
    return refused(status.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details);
  },
};

/** The server's numbers for what is expected (ExpectedVersion.cs). */
function versionOf(expected: Expected): number {
  if (expected === 'any') return -2;
  return expected === 'stream-exists' ? -4 : expected;
}

function refused(code: status, name: string, details: Message): Status {
  const packed = new anyPb.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${name}`);
  const answer = new statusPb.Status();
  answer.setCode(code as number);
  answer.setMessage(name);
  answer.setDetails(packed);
  return answer;
}
