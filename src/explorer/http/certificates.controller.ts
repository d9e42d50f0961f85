import { Readable } from 'node:stream';
import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BUNDLE_MEDIA_TYPE, proofsFileName } from '#libs/certificate';
import { Roles, uuidPipe } from '#platform/http';
import { OfflineBundles } from '../offline-bundle.js';
import { EXPLORED_STATEMENTS, type ExploredStatements } from '../ports.js';
import { RequestNameDto } from './explorer-dtos.js';

/** Certificates and what proves them, for auditors. */
@ApiTags('explorer')
@ApiBearerAuth()
@Roles('auditor', 'admin')
@Controller('v1/explorer')
export class CertificatesController {
  constructor(
    @Inject(EXPLORED_STATEMENTS) private readonly statements: ExploredStatements,
    @Inject(OfflineBundles) private readonly bundles: OfflineBundles,
  ) {}

  @Get('certificates/:requestId')
  @Header('content-type', BUNDLE_MEDIA_TYPE)
  @ApiOperation({ summary: 'The certificate of a request, a Sigstore bundle' })
  @ApiOkResponse({ content: { [BUNDLE_MEDIA_TYPE]: {} } })
  certificate(@Param('requestId', uuidPipe('requestId')) requestId: string): Promise<unknown> {
    this.statements.requireRequest(requestId);
    return this.statements.certificate(requestId);
  }

  @Get('certificates/:requestId/proofs')
  @ApiOperation({ summary: 'The file of proofs that the certificate names, byte for byte' })
  @ApiOkResponse({ content: { 'application/json': {} } })
  async proofs(@Param('requestId', uuidPipe('requestId')) requestId: string): Promise<StreamableFile> {
    this.statements.requireRequest(requestId);
    return jsonFile(await this.statements.proofs(requestId), proofsFileName(requestId));
  }

  @Post('absence')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Proofs that the records of a request are in no version since; `lacuna-verify absence` reads them',
  })
  @ApiOkResponse({ content: { 'application/json': {} } })
  async absence(@Body() { requestId }: RequestNameDto): Promise<StreamableFile> {
    const id = requestId.toLowerCase();
    return jsonFile(await this.statements.absence(id), `${id}.absence.json`);
  }

  @Get('bundle/:requestId')
  @ApiOperation({
    summary: 'Certificate, proofs, trust files and ledger as one tar archive, to verify without us',
  })
  @ApiOkResponse({ content: { 'application/x-tar': {} } })
  async bundle(@Param('requestId', uuidPipe('requestId')) requestId: string): Promise<StreamableFile> {
    this.statements.requireRequest(requestId);
    return new StreamableFile(Readable.from(await this.bundles.pack(requestId), { objectMode: false }), {
      type: 'application/x-tar',
      disposition: attachment(`${requestId}.tar`),
    });
  }
}

function jsonFile(content: Uint8Array, name: string): StreamableFile {
  return new StreamableFile(content, { type: 'application/json', disposition: attachment(name) });
}

function attachment(name: string): string {
  return `attachment; filename="${name}"`;
}
