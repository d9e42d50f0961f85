import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Body, Controller, HttpStatus, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { HttpError, Roles } from '#platform/http';
import { rejectionError } from '../ingest-error.js';
import { InteractionService } from '../interaction-service.js';
import { recordInBulk } from './bulk.js';
import { InteractionDto } from './dtos.js';
import { parseInteraction } from './parse-interaction.js';

const NDJSON = 'application/x-ndjson';

@ApiTags('ingest')
@ApiBearerAuth()
@Roles('ingest')
@Controller('v1/interactions')
export class InteractionsController {
  constructor(@Inject(InteractionService) private readonly interactions: InteractionService) {}

  @Post()
  @ApiOperation({ summary: 'Record one interaction: 201 when it is new, 200 when it was there already' })
  async record(@Body() body: InteractionDto, @Res({ passthrough: true }) response: ServerResponse) {
    const entry = parseInteraction({ ...body });
    if ('code' in entry) throw rejectionError(entry);
    const [result] = await this.interactions.record([entry]);
    if (result.status === 'rejected') throw rejectionError(result);
    response.statusCode = result.status === 'recorded' ? HttpStatus.CREATED : HttpStatus.OK;
    return result;
  }

  @Post('bulk')
  @ApiOperation({
    summary:
      'Record any number of interactions, one JSON a line; the answer has a line for each, then a summary',
  })
  @ApiConsumes(NDJSON)
  @ApiBody({ schema: { type: 'string', example: '{"subject":"…","item":"…","type":"rating",…}\n' } })
  @ApiQuery({ name: 'results', required: false, enum: ['all', 'rejected'] })
  async recordInBulk(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('results') results?: string,
  ): Promise<void> {
    if (mediaTypeOf(request) !== NDJSON || request.headers['content-encoding'] !== undefined)
      throw new HttpError('MEDIA_TYPE_UNSUPPORTED', `The body is not plain ${NDJSON}`, {
        nextStep: `Send Content-Type: ${NDJSON}, one interaction a line, without Content-Encoding.`,
      });
    response.statusCode = HttpStatus.OK;
    response.setHeader('Content-Type', NDJSON);
    const verbosity = results === 'rejected' ? 'rejected' : 'all';
    let failure: unknown;
    const answer = recordInBulk(request, this.interactions, verbosity, (error) => (failure = error));
    await pipeline(Readable.from(answer), response).catch(() => response.destroy()); // the client went away
    if (failure !== undefined) throw failure as Error; // the client has been told; the operator is told by the filter
  }
}

const mediaTypeOf = ({ headers }: IncomingMessage) =>
  headers['content-type']?.split(';')[0].trim().toLowerCase();
