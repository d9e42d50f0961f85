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
  Query,
  Req,
  Res,
  Sse,
  StreamableFile,
  type MessageEvent,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { proofsFileName } from '#libs/certificate';
import type { PreviewView, QueuePage, RequestDetail } from '#libs/portal-contract';
import { Actor, attachment, Audited, Roles, uuidPipe } from '#platform/http';
import { CertificateArchive } from '../ports.js';
import { describeRequest, type RequestView } from '../request-view.js';
import type { Submission } from '../request-service.js';
import { answerCertificate, CERTIFICATE_TYPES } from './certificate-answer.js';
import { RequestRooms } from './request-rooms.js';
import {
  ApproveDto,
  ErasureDto,
  ExtendDto,
  FulfilDto,
  QueueQueryDto,
  RefuseDto,
  WithdrawalDto,
} from './request-dtos.js';
import { scopeFrom } from './scope-from.js';

const requestIdPipe = uuidPipe('requestId');

function submissionOf({ requestId, subject, receiptRecipient }: ErasureDto): Submission {
  return {
    requestId: requestId?.toLowerCase() ?? randomUUID(),
    externalId: subject,
    channel: 'api',
    receiptRecipient,
  };
}

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/requests')
@Roles('dpo')
export class RequestsController {
  constructor(
    @Inject(RequestRooms) private readonly rooms: RequestRooms,
    @Inject(CertificateArchive) private readonly certificates: CertificateArchive,
  ) {}

  @Post('withdrawals')
  @HttpCode(202)
  @Audited('request.file')
  @ApiOperation({
    summary: 'Withdraw consent to some behaviours: they stop being used at once and are unlearned',
  })
  @ApiAcceptedResponse({ description: 'Out of use; follow the request by its id until it is closed.' })
  async withdraw(@Body() body: WithdrawalDto): Promise<RequestView> {
    const { state } = await this.rooms.requests.withdraw(submissionOf(body), scopeFrom(body));
    return describeRequest(state);
  }

  @Post('erasures')
  @HttpCode(202)
  @Audited('request.file')
  @ApiOperation({ summary: 'Erase a person' })
  @ApiAcceptedResponse({ description: 'Out of use; follow the request by its id until it is closed.' })
  async erase(@Body() body: ErasureDto): Promise<RequestView> {
    const { state } = await this.rooms.requests.erase(submissionOf(body));
    return describeRequest(state);
  }

  @Get()
  @ApiOperation({ summary: 'The queue, a page of it' })
  list(@Query() query: QueueQueryDto): QueuePage {
    return this.rooms.queue.page(query);
  }

  @Get(':requestId')
  @Audited('request.see')
  @ApiOkResponse({ description: 'The request, by how far it has come, with its story' })
  get(@Param('requestId', requestIdPipe) requestId: string, @Actor() actor: string): Promise<RequestDetail> {
    return this.rooms.detail(this.rooms.requests.get(requestId), { kind: 'staff', actor });
  }

  @Sse(':requestId/events')
  @Audited('request.see')
  @ApiOkResponse({
    description: 'The same, now and whenever it changes',
    content: { 'text/event-stream': {} },
  })
  events(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
  ): Observable<MessageEvent> {
    return this.rooms.changes(this.rooms.requests.get(requestId), { kind: 'staff', actor });
  }

  @Get(':requestId/preview')
  @Audited('request.preview')
  @ApiOkResponse({ description: 'What it would do; nothing is recorded' })
  preview(@Param('requestId', requestIdPipe) requestId: string): Promise<PreviewView> {
    return this.rooms.preview.of(this.rooms.requests.get(requestId));
  }

  @Post(':requestId/approve')
  @HttpCode(200)
  @Audited('request.approve')
  @ApiOperation({ summary: 'Approve it; an erasure needs two people, each with a typed confirmation' })
  async approve(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
    @Body() { confirmation }: ApproveDto,
  ): Promise<RequestDetail> {
    return this.after(this.rooms.desk.approve(requestId, actor, confirmation), actor);
  }

  @Post(':requestId/refuse')
  @HttpCode(200)
  @Audited('request.refuse')
  @ApiOperation({ summary: 'Refuse it, or categories of it, each on a ground' })
  async refuse(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
    @Body() { refused }: RefuseDto,
  ): Promise<RequestDetail> {
    return this.after(this.rooms.desk.refuse(requestId, actor, refused), actor);
  }

  @Post(':requestId/extend')
  @HttpCode(200)
  @Audited('request.extend')
  @ApiOperation({ summary: 'Extend the time to answer, once, before it is over, with reasons' })
  async extend(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
    @Body() { reasons }: ExtendDto,
  ): Promise<RequestDetail> {
    return this.after(this.rooms.desk.extend(requestId, actor, reasons), actor);
  }

  @Post(':requestId/doubt-identity')
  @HttpCode(200)
  @Audited('request.doubt-identity')
  @ApiOperation({ summary: 'Stop the time, because it is not clear who asks' })
  async doubtIdentity(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
  ): Promise<RequestDetail> {
    return this.after(this.rooms.desk.doubtIdentity(requestId, actor), actor);
  }

  @Post(':requestId/identity-settled')
  @HttpCode(200)
  @Audited('request.settle-identity')
  @ApiOperation({ summary: 'It is clear who asks: the time runs on' })
  async settleIdentity(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
  ): Promise<RequestDetail> {
    return this.after(this.rooms.desk.settleIdentity(requestId, actor), actor);
  }

  @Post(':requestId/fulfil')
  @HttpCode(200)
  @Audited('request.fulfil')
  @ApiOperation({ summary: 'Say that a correction was made, or lift a restriction' })
  async fulfil(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
    @Body() { outcome }: FulfilDto,
  ): Promise<RequestDetail> {
    const { desk } = this.rooms;
    return this.after(
      outcome === 'corrected' ? desk.fulfil(requestId, actor) : desk.liftRestriction(requestId, actor),
      actor,
    );
  }

  @Post(':requestId/cancel')
  @HttpCode(200)
  @Audited('request.cancel')
  @ApiOperation({ summary: 'Take it back for the person, as long as nothing is destroyed' })
  async cancel(
    @Param('requestId', requestIdPipe) requestId: string,
    @Actor() actor: string,
  ): Promise<RequestDetail> {
    return this.after(this.rooms.desk.cancel(requestId, actor), actor);
  }

  @Get(':requestId/certificate')
  @Header('vary', 'Accept')
  @ApiOkResponse({
    description:
      'The certificate as a Sigstore bundle, which `lacuna-verify certificate` verifies; for whoever accepts HTML or PDF, the same for people',
    content: CERTIFICATE_TYPES,
  })
  async certificate(
    @Param('requestId', requestIdPipe) requestId: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<unknown> {
    this.rooms.requests.get(requestId); // an unknown request is told apart from one without a certificate
    return answerCertificate(this.certificates, requestId, request, response);
  }

  @Get(':requestId/certificate/proofs')
  @ApiOkResponse({
    description:
      'The file of proofs that the certificate names, byte for byte; `lacuna-verify deletion` reads it beside the certificate',
    content: { 'application/json': {} },
  })
  async proofs(@Param('requestId', requestIdPipe) requestId: string): Promise<StreamableFile> {
    this.rooms.requests.get(requestId);
    const proofs = await this.certificates.readProofs(requestId);
    return attachment(proofs, proofsFileName(requestId), 'application/json');
  }

  private async after(
    acted: ReturnType<RequestRooms['desk']['cancel']>,
    actor: string,
  ): Promise<RequestDetail> {
    return this.rooms.detail(await acted, { kind: 'staff', actor });
  }
}
