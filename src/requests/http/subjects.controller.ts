import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Roles } from '#platform/http';
import { SubjectHistory, type HistoryEntry } from '../subject-history.js';

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/subjects')
@Roles('dpo')
export class SubjectsController {
  constructor(@Inject(SubjectHistory) private readonly history: SubjectHistory) {}

  @Get(':subject/records')
  @Audited('records.read')
  @ApiOperation({
    summary: 'What is stored about a person, with the labels by which single records are withdrawn',
  })
  @ApiOkResponse({ description: 'Oldest first' })
  records(@Param('subject') subject: string): Promise<HistoryEntry[]> {
    return this.history.of(subject);
  }
}
