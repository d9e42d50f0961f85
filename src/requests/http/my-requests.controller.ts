import { randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  Delete,
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
import { ApiAcceptedResponse, ApiCookieAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { proofsFileName } from '#libs/certificate';
import { ErasureError, type RequestState } from '#libs/erasure';
import type { PreviewView, RequestDetail, SubmittedView } from '#libs/portal-contract';
import type { Principal } from '#platform/callers';
import { attachment, Caller, Roles, Subject, uuidPipe } from '#platform/http';
import { CertificateArchive } from '../ports.js';
import { ReceiptDesk } from '../receipt-desk.js';
import { answerCertificate, CERTIFICATE_TYPES } from './certificate-answer.js';
import { ExportQueryDto, SubmitDto } from './request-dtos.js';
import { RequestRooms } from './request-rooms.js';
import { scopeFrom } from './scope-from.js';

const requestIdPipe = uuidPipe('requestId');
const PERSON = { kind: 'person' } as const;

/** A person among their own requests, or somebody who follows one of them by its key. Another’s request answers as one that is not there. */
@ApiTags('me')
@ApiCookieAuth()
@Controller('v1/me')
@Roles('subject', 'follower')
export class MyRequestsController {
  constructor(
    @Inject(RequestRooms) private readonly rooms: RequestRooms,
    @Inject(CertificateArchive) private readonly certificates: CertificateArchive,
    @Inject(ReceiptDesk) private readonly receipts: ReceiptDesk,
  ) {}

  @Post('preview')
  @HttpCode(200)
  @Roles('subject')
  @ApiOkResponse({ description: 'What a request would do; nothing is recorded' })
  preview(@Subject() subject: string, @Body() { kind, scope }: SubmitDto): Promise<PreviewView> {
    return this.rooms.preview.asked(subject, kind, scope && scopeFrom(scope));
  }

  @Post('requests')
  @HttpCode(202)
  @Roles('subject')
  @ApiOperation({ summary: 'Make a request' })
  @ApiAcceptedResponse({ description: 'Taken in; its follow key is shown once' })
  async submit(@Subject() subject: string, @Body() body: SubmitDto): Promise<SubmittedView> {
    const { kind, scope, statement, receiptRecipient } = body;
    const { state, followKey } = await this.rooms.requests.file({
      requestId: body.requestId?.toLowerCase() ?? randomUUID(),
      kind,
      subject,
      channel: 'portal',
      identity: 'session',
      ...(scope && { scope: scopeFrom(scope) }),
      statement,
      receiptRecipient,
    });
    return { requestId: state.requestId, ...(followKey !== undefined && { followKey }) };
  }

  @Get('requests')
  @ApiOkResponse({ description: 'Newest first' })
  list(@Caller() caller: Principal): Promise<RequestDetail[]> {
    return Promise.all(this.mine(caller).map((state) => this.rooms.detail(state, PERSON)));
  }

  @Get('requests/:requestId')
  get(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
  ): Promise<RequestDetail> {
    return this.rooms.detail(this.own(requestId, caller), PERSON);
  }

  @Sse('requests/:requestId/events')
  @ApiOkResponse({
    description: 'The same, now and whenever it changes',
    content: { 'text/event-stream': {} },
  })
  events(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
  ): Observable<MessageEvent> {
    return this.rooms.changes(this.own(requestId, caller), PERSON);
  }

  @Post('requests/:requestId/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take it back, as long as nothing is destroyed' })
  async cancel(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
  ): Promise<RequestDetail> {
    this.own(requestId, caller);
    return this.rooms.detail(await this.rooms.desk.cancel(requestId, 'subject'), PERSON);
  }

  @Get('requests/:requestId/certificate')
  @Header('vary', 'Accept')
  @ApiOkResponse({ description: 'As a Sigstore bundle, HTML or PDF', content: CERTIFICATE_TYPES })
  async certificate(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<unknown> {
    this.own(requestId, caller);
    return answerCertificate(this.certificates, requestId, request, response);
  }

  @Get('requests/:requestId/certificate/proofs')
  @ApiOkResponse({ description: 'The file of proofs that it names', content: { 'application/json': {} } })
  async proofs(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
  ): Promise<StreamableFile> {
    this.own(requestId, caller);
    return attachment(
      await this.certificates.readProofs(requestId),
      proofsFileName(requestId),
      'application/json',
    );
  }

  @Get('requests/:requestId/receipt-openings')
  @ApiOkResponse({
    description: 'An age file that only the person can open',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async openings(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
  ): Promise<StreamableFile> {
    this.own(requestId, caller);
    return attachment(await this.receipts.read(requestId), `${requestId}.age`, 'application/octet-stream');
  }

  @Delete('requests/:requestId/receipt-openings')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove the openings, once they were fetched' })
  async removeOpenings(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
  ): Promise<void> {
    this.own(requestId, caller);
    await this.receipts.remove(requestId);
  }

  @Get('requests/:requestId/export')
  @Roles('subject') // personal: a follow key shows how far a request has come, and nothing more
  @ApiOkResponse({
    description: 'Everything that is held about the person, made when it is fetched',
    content: { 'application/json': {}, 'text/csv': {} },
  })
  async export(
    @Param('requestId', requestIdPipe) requestId: string,
    @Caller() caller: Principal,
    @Query() { format }: ExportQueryDto,
  ): Promise<StreamableFile> {
    const state = this.own(requestId, caller);
    return format === 'csv'
      ? attachment(await this.rooms.exports.csv(state), `${requestId}.csv`, 'text/csv; charset=utf-8')
      : attachment(await this.rooms.exports.json(state), `${requestId}.json`, 'application/json');
  }

  private mine(caller: Principal): RequestState[] {
    const { requests } = this.rooms;
    if (caller.kind === 'follower') return [requests.get(caller.requestId)];
    return caller.kind === 'subject' ? requests.ofSubject(caller.subject).reverse() : [];
  }

  /** @throws ErasureError REQUEST_UNKNOWN, the same for a request of somebody else and for one that was never made */
  private own(requestId: string, caller: Principal): RequestState {
    const state = this.mine(caller).find((one) => one.requestId === requestId);
    if (state !== undefined) return state;
    throw new ErasureError('REQUEST_UNKNOWN', 'there is no request of that id', {
      facts: { requestId },
      nextStep: 'Look through your requests.',
    });
  }
}
