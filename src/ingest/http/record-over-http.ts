import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { applyDecorators, HttpStatus } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { HttpError, letBodyGoOn, refuseWhenStopping } from '#platform/http';
import { rejectionError, type Rejection } from '../ingest-error.js';
import type { InteractionEntry } from '../interaction.js';
import type { InteractionService } from '../interaction-service.js';
import { recordInBulk, type Recording } from './bulk.js';

const NDJSON = 'application/x-ndjson';
const LINGER = 1000; // ms

/** Describes a route that takes lines. @param what in the plural */
export const TakesLines = (what: string, example: string) =>
  applyDecorators(
    ApiOperation({
      summary: `Record any number of ${what}, one JSON a line; the answer has a line for each, then a summary`,
      description:
        'The body may go on for as long as it likes; after a minute in which nothing comes it is given up. An empty line says that more will come.',
    }),
    ApiConsumes(NDJSON),
    ApiBody({ schema: { type: 'string', example: `${example}\n` } }),
    ApiQuery({ name: 'results', required: false, enum: ['all', 'rejected'] }),
  );

/** Records one entry: 201 when it is new, 200 when it was there already. @throws IngestError why it was refused */
export async function recordOne(
  entry: InteractionEntry | Rejection,
  interactions: Pick<InteractionService, 'record'>,
  response: ServerResponse,
) {
  if ('code' in entry) throw rejectionError(entry);
  const [result] = await interactions.record([entry]);
  if (result.status === 'rejected') throw rejectionError(result);
  response.statusCode = result.status === 'recorded' ? HttpStatus.CREATED : HttpStatus.OK;
  return result;
}

/**
 * Records the lines of a body and answers while it comes.
 *
 * @param results `rejected`, or anything else for all
 * @throws HttpError MEDIA_TYPE_UNSUPPORTED
 */
export async function recordLines(
  { request, response, results }: BulkExchange,
  recording: Recording,
): Promise<void> {
  if (mediaTypeOf(request) !== NDJSON || request.headers['content-encoding'] !== undefined)
    throw new HttpError('MEDIA_TYPE_UNSUPPORTED', `The body is not plain ${NDJSON}`, {
      nextStep: `Send Content-Type: ${NDJSON}, one entry a line, without Content-Encoding.`,
    });
  response.statusCode = HttpStatus.OK;
  response.setHeader('Content-Type', NDJSON);
  const verbosity = results === 'rejected' ? 'rejected' : 'all';
  let failure: unknown;
  const onFailure = (error: unknown): void => void (failure = error);
  const mayGoOn = (): void => refuseWhenStopping(request);
  const answer = recordInBulk(letBodyGoOn(request), recording, verbosity, onFailure, mayGoOn);
  await pipeline(Readable.from(answer), response).catch(() => response.destroy()); // the client went away
  if (!request.complete) leaveInAWhile(request);
  if (failure !== undefined) throw failure as Error; // the client has been told; the operator is told by the filter
}

/** Of a client that goes on sending: it has some time to read the answer, which a reset connection could lose. */
function leaveInAWhile(request: IncomingMessage): void {
  setTimeout(() => request.destroy(), LINGER).unref();
}

export interface BulkExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly results?: string;
}

const mediaTypeOf = ({ headers }: IncomingMessage) =>
  headers['content-type']?.split(';')[0].trim().toLowerCase();
