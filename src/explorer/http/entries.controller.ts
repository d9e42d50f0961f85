import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { CheckpointView, EntriesPage, EntryDetail, Page } from '#libs/portal-contract';
import { PageQueryDto, Roles, wholeNumberPipe } from '#platform/http';
import { Checkpoints } from '../checkpoints.js';
import { EntryDetails } from '../entry-details.js';
import { EntrySearch } from '../entry-search.js';
import { EntriesQueryDto } from './explorer-dtos.js';

/** The ledger as an auditor looks through it. What is shown can be checked against the public files under /ledger. */
@ApiTags('explorer')
@ApiBearerAuth()
@Roles('auditor', 'admin')
@Controller('v1/explorer')
export class EntriesController {
  constructor(
    @Inject(EntrySearch) private readonly search: EntrySearch,
    @Inject(EntryDetails) private readonly details: EntryDetails,
    @Inject(Checkpoints) private readonly history: Checkpoints,
  ) {}

  @Get('entries')
  @ApiOperation({ summary: 'Entries of the ledger, newest first' })
  @ApiOkResponse({ description: 'A page of entries' })
  entries(@Query() query: EntriesQueryDto): Promise<EntriesPage> {
    return this.search.find(query);
  }

  @Get('entries/:index')
  @ApiOperation({ summary: 'An entry, what it stands for, and its proof against the published checkpoint' })
  @ApiOkResponse({ description: 'The entry' })
  entry(@Param('index', wholeNumberPipe('index')) index: number): Promise<EntryDetail> {
    return this.details.get(index);
  }

  @Get('checkpoints')
  @ApiOperation({
    summary: 'Published checkpoints, newest first, and who cosigned them as far as it is known',
  })
  @ApiOkResponse({ description: 'A page of checkpoints' })
  checkpoints(@Query() query: PageQueryDto): Promise<Page<CheckpointView>> {
    return this.history.page(query);
  }
}
