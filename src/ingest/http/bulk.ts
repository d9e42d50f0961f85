import { fromUtf8, parseStrictJson } from '#libs/essentials';
import { problemOf } from '#platform/http';
import { nextStepOf, reasonOf, type Rejection } from '../ingest-error.js';
import type { EntryResult, InteractionEntry } from '../interaction.js';
import type { InteractionService } from '../interaction-service.js';
import { inOrder } from './in-order.js';
import { linesOf } from './ndjson-lines.js';
import type { parseInteraction } from './parse-interaction.js';

const MAX_LINE_BYTES = 16 * 1024;
const BATCH = 250; // some milliseconds, in which nobody else gets a turn
const BATCHES_AT_ONCE = 4; // while some are made durable others are read; and they share a commit

/** Which lines are answered: all, or only those that were rejected (for clients that cannot read while they send). */
export type Verbosity = 'all' | 'rejected';

/** How a line's JSON is read, and who records it. */
export interface Recording {
  readonly interactions: Pick<InteractionService, 'record'>;
  readonly parse: typeof parseInteraction;
}

interface Line {
  readonly number: number;
  readonly row: InteractionEntry | Rejection;
}

interface Answered {
  readonly line: number;
  readonly result: EntryResult;
}

/**
 * Records NDJSON, batch by batch, and yields the answer as NDJSON: a line for each line, then `{"summary":…}`; when the work had to stop,
 * `{"error":…}` instead. Without one of the two the answer was cut off. Some lines behind the last that was answered may have been recorded, too.
 *
 * @param onFailure gets what stopped the work
 * @param mayGoOn asked before each batch; what it throws stops the work
 */
export async function* recordInBulk(
  body: AsyncIterable<Uint8Array>,
  { interactions, parse }: Recording,
  verbosity: Verbosity,
  onFailure: (error: unknown) => void,
  mayGoOn: () => void = () => {},
): AsyncGenerator<string> {
  const summary = { recorded: 0, duplicate: 0, rejected: 0 };
  try {
    const record = async (batch: readonly Line[]): Promise<readonly Answered[]> => {
      mayGoOn();
      return recordBatch(batch, interactions);
    };
    for await (const batch of inOrder(batchesOf(body, parse), BATCHES_AT_ONCE, record)) {
      let answer = '';
      for (const { line, result } of batch) {
        if (result.status !== 'withheld') summary[result.status]++;
        if (verbosity === 'all' || result.status === 'rejected') answer += answerLine(line, result);
      }
      yield answer;
    }
    yield JSON.stringify({ summary }) + '\n';
  } catch (error) {
    onFailure(error);
    yield JSON.stringify({ error: problemOf(error), summary }) + '\n';
  }
}

async function* batchesOf(
  body: AsyncIterable<Uint8Array>,
  parse: typeof parseInteraction,
): AsyncGenerator<Line[]> {
  let batch: Line[] = [];
  let number = 0;
  for await (const bytes of linesOf(body, MAX_LINE_BYTES)) {
    number++;
    if (bytes.length === 0) continue;
    batch.push({ number, row: parseLine(bytes, parse) });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function parseLine(bytes: Uint8Array, parse: typeof parseInteraction): InteractionEntry | Rejection {
  try {
    return parse(parseStrictJson(fromUtf8(bytes)));
  } catch {
    return { code: 'LINE_MALFORMED' }; // which is all that may be said: the parser's words could quote the line
  }
}

async function recordBatch(
  batch: readonly Line[],
  interactions: Pick<InteractionService, 'record'>,
): Promise<Answered[]> {
  const entries = batch.flatMap(({ row }) => ('code' in row ? [] : [row]));
  const recorded = (await interactions.record(entries)).values();
  return batch.map(({ number, row }) => ({
    line: number,
    result: 'code' in row ? { status: 'rejected', ...row } : recorded.next().value!,
  }));
}

function answerLine(line: number, result: EntryResult): string {
  if (result.status !== 'rejected') return JSON.stringify({ line, ...result }) + '\n';
  const { status, code, field } = result;
  return (
    JSON.stringify({ line, status, code, field, reason: reasonOf(code), nextStep: nextStepOf(code) }) + '\n'
  );
}
