import { Controller, Get, Inject, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { attachment, Limited, Public } from '#platform/http';
import { ResultLinks } from '../result-links.js';
import { ResultsQueryDto } from './dtos.js';

const TYPES = { json: 'application/json', csv: 'text/csv; charset=utf-8' } as const;

/** The link itself says who may: parties hand it on to the person, who has no account with them here. */
@ApiTags('standards')
@Controller('v1/results')
@Public()
export class ResultsController {
  constructor(@Inject(ResultLinks) private readonly links: ResultLinks) {}

  @Get(':link')
  @Limited({ name: 'results', rate: 1, burst: 20 })
  @ApiOperation({ summary: 'What OpenDSR and the Data Rights Protocol name as results_url' })
  @ApiOkResponse({
    description: 'Everything that is held about the person, made when it is fetched',
    content: { 'application/json': {}, 'text/csv': {} },
  })
  async fetch(@Param('link') link: string, @Query() { format }: ResultsQueryDto): Promise<StreamableFile> {
    return attachment(await this.links.fetch(link, format), `export.${format}`, TYPES[format]);
  }
}
