import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '#platform/http';
import { InteractionService } from '../interaction-service.js';
import { ProfileDto } from './dtos.js';
import { parseProfile } from './parse-interaction.js';
import { recordLines, recordOne, TakesLines } from './record-over-http.js';

@ApiTags('ingest')
@ApiBearerAuth()
@Roles('ingest')
@Controller('v1/profiles')
export class ProfilesController {
  constructor(@Inject(InteractionService) private readonly interactions: InteractionService) {}

  @Post()
  @ApiOperation({
    summary: 'Record a feature that a person has stated: 201 when it is new, 200 when it was there already',
  })
  record(@Body() body: ProfileDto, @Res({ passthrough: true }) response: ServerResponse) {
    return recordOne(parseProfile({ ...body }), this.interactions, response);
  }

  @Post('bulk')
  @TakesLines('features of people', '{"subject":"…","feature":"age=25","time":…,"purpose":"…"}')
  recordInBulk(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('results') results?: string,
  ): Promise<void> {
    const recording = { interactions: this.interactions, parse: parseProfile };
    return recordLines({ request, response, results }, recording);
  }
}
