import { Controller, Headers, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { WebhookHeaders } from '#libs/webhooks';
import { Limited, Public, rawBodyOf } from '#platform/http';
import { Acknowledgements } from '../acknowledgements.js';

/** Public: what comes in is signed by the recipient. */
@ApiTags('recipients')
@Controller('v1/recipients/acknowledgements')
@Public()
export class AcknowledgementsController {
  constructor(@Inject(Acknowledgements) private readonly acknowledgements: Acknowledgements) {}

  @Post()
  @HttpCode(204)
  @Limited({ name: 'acknowledgements', rate: 5, burst: 50 })
  @ApiOperation({
    summary: 'A recipient reports that it has done what it was told; signed as Standard Webhooks 1.0 says',
  })
  @ApiBody({
    schema: { example: { type: 'subject_request.acknowledged', data: { deliveryId: 'as in the notice' } } },
  })
  @ApiNoContentResponse({ description: 'Noted, now or before.' })
  receive(@Req() request: object, @Headers() headers: Partial<WebhookHeaders>): Promise<void> {
    return this.acknowledgements.receive(headers, rawBodyOf(request));
  }
}
