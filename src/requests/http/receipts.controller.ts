import { Controller, Delete, Get, HttpCode, Inject, Param, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { attachment, Roles, uuidPipe } from '#platform/http';
import { ReceiptDesk } from '../receipt-desk.js';
import { RequestService } from '../request-service.js';

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/requests/:requestId/receipt-openings')
@Roles('dpo')
export class ReceiptsController {
  constructor(
    @Inject(RequestService) private readonly requests: RequestService,
    @Inject(ReceiptDesk) private readonly receipts: ReceiptDesk,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'What the person needs beside the certificate to show which records were deleted',
  })
  @ApiOkResponse({
    description:
      'An age file that only the person can open; `lacuna-verify receipt` makes a receipt of it and the certificate',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async openings(@Param('requestId', uuidPipe('requestId')) requestId: string): Promise<StreamableFile> {
    this.requests.get(requestId); // an unknown request is told apart from one without openings
    return attachment(await this.receipts.read(requestId), `${requestId}.age`, 'application/octet-stream');
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove the openings, once the person has them' })
  @ApiNoContentResponse({ description: 'They are not kept, now or already before.' })
  async remove(@Param('requestId', uuidPipe('requestId')) requestId: string): Promise<void> {
    this.requests.get(requestId);
    await this.receipts.remove(requestId);
  }
}
