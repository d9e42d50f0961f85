import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Audited, Roles, wholeNumberPipe } from '#platform/http';
import { MAX_K, Recommendations, type RecommendationList } from '../recommendations.js';

@ApiTags('recommendations')
@ApiBearerAuth()
@Controller('v1/recommendations')
export class RecommendationsController {
  constructor(@Inject(Recommendations) private readonly recommendations: Recommendations) {}

  @Get(':subject')
  @Roles('serve', 'engineer', 'admin')
  @Audited('recommendations.read')
  @ApiOperation({ summary: 'Top items for a person, from the published model version' })
  @ApiQuery({
    name: 'k',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_K, default: 10 },
  })
  @ApiOkResponse({
    description:
      'Best first; never an item the person has interacted with. Where there are none, `nothing` says why: NO_RECORDS_TO_GO_BY, NO_ANSWER_BY_FEATURES, NEW_TO_THE_MODEL, NOTHING_LEFT_TO_RECOMMEND.',
  })
  list(
    @Param('subject') subject: string,
    @Query('k', wholeNumberPipe('k', 10)) k: number,
  ): Promise<RecommendationList> {
    return this.recommendations.recommend(subject, k);
  }
}
