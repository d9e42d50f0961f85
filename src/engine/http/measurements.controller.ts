import { Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { MeasurementsView } from '#libs/portal-contract';
import { Audited, Roles, wholeNumberPipe } from '#platform/http';
import { Measurements } from '../measurements.js';

/** How useful versions are, by twins that are trained without the last record of each person (docs/decisions/0052). */
@ApiTags('models')
@ApiBearerAuth()
@Roles('engineer', 'auditor', 'admin')
@Controller('v1/models')
export class MeasurementsController {
  constructor(@Inject(Measurements) private readonly measurements: Measurements) {}

  @Get(':line/measurements')
  @ApiOperation({ summary: 'Utility and fairness of the versions of a line, and what is being measured' })
  @ApiOkResponse({ description: 'Figures, rounded to the half-width of their intervals' })
  of(@Param('line') line: string): Promise<MeasurementsView> {
    return this.measurements.view(line);
  }

  @Post(':line/versions/:version/measurement')
  @Roles('engineer', 'admin')
  @HttpCode(202)
  @Audited('model.measure')
  @ApiOperation({
    summary:
      'Train the twin of a version and measure it; goes on after the answer, and ends when an erasure begins',
  })
  @ApiAcceptedResponse({ description: 'As it is now; a version that was measured is not measured again' })
  start(
    @Param('line') line: string,
    @Param('version', wholeNumberPipe('version')) version: number,
  ): Promise<MeasurementsView> {
    return this.measurements.start(line, version);
  }

  @Delete(':line/versions/:version/measurement')
  @Roles('engineer', 'admin')
  @Audited('model.measure.cancel')
  @ApiOperation({
    summary: 'Cancel the measurement of a version; nothing is left of it, and it can be started again',
  })
  @ApiOkResponse({ description: 'As it is now, when nothing of the measurement runs any more' })
  cancel(
    @Param('line') line: string,
    @Param('version', wholeNumberPipe('version')) version: number,
  ): Promise<MeasurementsView> {
    return this.measurements.cancel(line, version);
  }
}
