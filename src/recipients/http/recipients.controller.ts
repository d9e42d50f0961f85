import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { CreatedRecipient, DeliveryView, Page, RecipientView } from '#libs/portal-contract';
import { Audited, pageOf, Roles, uuidPipe } from '#platform/http';
import { RecipientNotices } from '../recipient-notices.js';
import { RecipientRegistry } from '../recipient-registry.js';
import { CreateRecipientDto, DeliveriesQueryDto } from './recipient-dtos.js';

@ApiTags('recipients')
@ApiBearerAuth()
@Controller('v1/recipients')
@Roles('dpo')
export class RecipientsController {
  constructor(
    @Inject(RecipientRegistry) private readonly registry: RecipientRegistry,
    @Inject(RecipientNotices) private readonly notices: RecipientNotices,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who is told of erasures, rectifications and restrictions (GDPR Art. 19)' })
  list(): RecipientView[] {
    return this.registry.list();
  }

  @Post()
  @Audited('recipient.add')
  @ApiOperation({
    summary: 'Add a recipient; the secret, or the public key, is in this answer and nowhere else',
  })
  add(@Body() body: CreateRecipientDto): Promise<CreatedRecipient> {
    return this.registry.add({ ...body, recipientId: randomUUID() });
  }

  @Delete(':recipientId')
  @HttpCode(204)
  @Audited('recipient.remove')
  @ApiOperation({ summary: 'Tell it nothing any more, and destroy its keys' })
  @ApiNoContentResponse()
  remove(@Param('recipientId', uuidPipe('recipientId')) recipientId: string): Promise<void> {
    return this.registry.remove(recipientId);
  }

  @Get('deliveries')
  @ApiOkResponse({ description: 'What was sent to whom and how it went, newest first' })
  deliveries(@Query() { requestId, recipientId, page, size }: DeliveriesQueryDto): Page<DeliveryView> {
    const rows = this.notices
      .deliveries()
      .filter((delivery) => requestId === undefined || delivery.requestId === requestId)
      .filter((delivery) => recipientId === undefined || delivery.recipientId === recipientId);
    return pageOf(rows, { page, size });
  }
}
