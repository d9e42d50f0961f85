import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '#platform/http';
import { InteractionService } from '../interaction-service.js';
import { InteractionDto } from './dtos.js';
import { parseInteraction } from './parse-interaction.js';
import { recordLines, recordOne, TakesLines } from './record-over-http.js';

@ApiTags('ingest')
@ApiBearerAuth()
@Roles('ingest')
@Controller('v1/interactions')
export class InteractionsController {
  constructor(@Inject(InteractionService) private readonly interactions: InteractionService) {}

  @Post()
  @ApiOperation({ summary: 'Record one interaction: 201 when it is new, 200 when it was there already' })
  record(@Body() body: InteractionDto, @Res({ passthrough: true }) response: ServerResponse) {
    return recordOne(parseInteraction({ ...body }), this.interactions, response);
  }

  @Post('bulk')
  @TakesLines('interactions', '{"subject":"…","item":"…","type":"rating",…}')
  recordInBulk(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('results') results?: string,
  ): Promise<void> {
    const recording = { interactions: this.interactions, parse: parseInteraction };
    return recordLines({ request, response, results }, recording);
  }
}
