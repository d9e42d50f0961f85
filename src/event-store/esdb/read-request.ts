import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { EventFilter } from '#libs/messaging';
import { INTERNAL_PREFIX } from './own-events.js';

export type ReadDirection = 'forwards' | 'backwards';

export interface StreamRead {
  readonly stream: string;
  readonly direction: ReadDirection;
  /** Inclusive; -1: from the respective end. */
  readonly from: number;
  readonly count: number;
}

export interface AllRead {
  readonly direction: ReadDirection;
  /** Forwards inclusive, backwards exclusive, as the server has it. */
  readonly from: bigint | 'start' | 'end';
  readonly count: number;
  readonly filter?: EventFilter;
}

/** Events that the server looks at between two looks at its clock; its own default of 32 costs a rare filter many turns. */
const SEARCH_WINDOW = 4_096;

const { ReadReq: Request } = streams;
const { Options } = Request;

export function streamRead({ stream, direction, from, count }: StreamRead): ReadReq {
  const name = new shared.StreamIdentifier();
  name.setStreamName(Buffer.from(stream, 'utf8').toString('base64'));
  const where = new Options.StreamOptions();
  where.setStreamIdentifier(name);
  if (from >= 0) where.setRevision(from.toString());
  else if (direction === 'forwards') where.setStart(new shared.Empty());
  else where.setEnd(new shared.Empty());
  const options = optionsOf(direction, count);
  options.setStream(where);
  options.setNoFilter(new shared.Empty());
  return new Request().setOptions(options);
}

export function allRead({ direction, from, count, filter }: AllRead): ReadReq {
  const where = new Options.AllOptions();
  if (from === 'start') where.setStart(new shared.Empty());
  else if (from === 'end') where.setEnd(new shared.Empty());
  else where.setPosition(positionOf(from));
  const options = optionsOf(direction, count);
  options.setAll(where);
  options.setFilter(filterOf(filter));
  return new Request().setOptions(options);
}

function optionsOf(direction: ReadDirection, count: number) {
  const ids = new Options.UUIDOption();
  ids.setString(new shared.Empty());
  const options = new Options();
  options.setReadDirection(
    direction === 'forwards' ? Options.ReadDirection.FORWARDS : Options.ReadDirection.BACKWARDS,
  );
  options.setResolveLinks(false);
  options.setCount(count.toString());
  options.setUuidOption(ids);
  return options;
}

/** What is appended over gRPC commits itself, so both positions of an event are one number. */
function positionOf(position: bigint) {
  const both = new Options.Position();
  both.setCommitPosition(position.toString());
  both.setPreparePosition(position.toString());
  return both;
}

/**
 * The server filters by types or by streams, not by both: of two, the types go to the server, which are fewer as a rule. Without any,
 * everything passes that is neither the server's nor this adapter's own. What comes back is looked at once more.
 */
function filterOf(filter: EventFilter = {}) {
  const { types, streamPrefixes } = filter;
  const expression = new Options.FilterOptions.Expression();
  const options = new Options.FilterOptions();
  options.setMax(SEARCH_WINDOW);
  options.setCheckpointintervalmultiplier(1);
  if (types === undefined && streamPrefixes !== undefined) {
    expression.setPrefixList([...streamPrefixes]);
    options.setStreamIdentifier(expression);
  } else {
    expression.setRegex(
      types === undefined ? `^(?!\\$|${escaped(INTERNAL_PREFIX)})` : `^(?:${types.map(escaped).join('|')})$`,
    );
    options.setEventType(expression);
  }
  return options;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|#\s-]/g, '\\$&');
}
