import { randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { proofsFileName } from '#libs/certificate';
import type { RequestScope } from '#libs/contracts';
import { Roles, uuidPipe } from '#platform/http';
import { CertificateArchive } from '../ports.js';
import { describeRequest, type RequestView } from '../request-view.js';
import { RequestService, type Submission } from '../request-service.js';
import { ErasureDto, WithdrawalDto } from './request-dtos.js';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const RENDERED: Readonly<Record<string, 'html' | 'pdf' | undefined>> = {
  'text/html': 'html',
  'application/pdf': 'pdf',
};

function submissionOf({ requestId, subject, receiptRecipient }: ErasureDto): Submission {
  return {
    requestId: requestId?.toLowerCase() ?? randomUUID(),
    externalId: subject,
    channel: 'api',
    receiptRecipient,
  };
}

function scopeOf({ purpose, items, categories, from, until, labels }: WithdrawalDto): RequestScope {
  const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);
  return {
    ...(purpose !== undefined && { purpose }),
    ...(items && { items }),
    ...(categories && { categories }),
    ...(from !== undefined && { from: seconds(from) }),
    ...(until !== undefined && { until: seconds(until) }),
    ...(labels && { labels }),
  };
}

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/requests')
@Roles('dpo')
export class RequestsController {
  constructor(
    @Inject(RequestService) private readonly requests: RequestService,
    @Inject(CertificateArchive) private readonly certificates: CertificateArchive,
  ) {}

  @Post('withdrawals')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Withdraw consent to some behaviours: they stop being used at once and are unlearned',
  })
  @ApiAcceptedResponse({ description: 'Out of use; follow the request by its id until it is closed.' })
  async withdraw(@Body() body: WithdrawalDto): Promise<RequestView> {
    const { state } = await this.requests.withdraw(submissionOf(body), scopeOf(body));
    return describeRequest(state);
  }

  @Post('erasures')
  @HttpCode(202)
  @ApiOperation({ summary: 'Erase a person' })
  @ApiAcceptedResponse({ description: 'Out of use; follow the request by its id until it is closed.' })
  async erase(@Body() body: ErasureDto): Promise<RequestView> {
    const { state } = await this.requests.erase(submissionOf(body));
    return describeRequest(state);
  }

  @Get()
  @ApiOperation({ summary: 'All requests, newest first' })
  list(): RequestView[] {
    return this.requests
      .all()
      .map(describeRequest)
      .sort((a, b) => b.receivedAt.localeCompare(a.receivedAt));
  }

  @Get(':requestId')
  @ApiOkResponse({ description: 'The request, by how far it has come' })
  get(@Param('requestId', uuidPipe('requestId')) requestId: string): RequestView {
    return describeRequest(this.requests.get(requestId));
  }

  @Get(':requestId/certificate')
  @Header('vary', 'Accept')
  @ApiOkResponse({
    description:
      'The certificate as a Sigstore bundle, which `lacuna-verify certificate` verifies; for whoever accepts HTML or PDF, the same for people',
    content: { [BUNDLE]: {}, 'text/html': {}, 'application/pdf': {} },
  })
  async certificate(
    @Param('requestId', uuidPipe('requestId')) requestId: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<unknown> {
    this.requests.get(requestId); // an unknown request is told apart from one without a certificate
    const type = request.accepts([BUNDLE, 'application/json', ...Object.keys(RENDERED)]) || BUNDLE;
    const format = RENDERED[type];
    if (format === undefined) {
      response.type(BUNDLE);
      return this.certificates.read(requestId);
    }
    return new StreamableFile(await this.certificates.render(requestId, format), { type });
  }

  @Get(':requestId/certificate/proofs')
  @ApiOkResponse({
    description:
      'The file of proofs that the certificate names, byte for byte; `lacuna-verify deletion` reads it beside the certificate',
    content: { 'application/json': {} },
  })
  async proofs(@Param('requestId', uuidPipe('requestId')) requestId: string): Promise<StreamableFile> {
    this.requests.get(requestId);
    return new StreamableFile(await this.certificates.readProofs(requestId), {
      type: 'application/json',
      disposition: `attachment; filename="${proofsFileName(requestId)}"`,
    });
  }
}
