import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public, rawBodyOf, Roles, uuidPipe } from '#platform/http';
import { OpenDsr, type SignedAnswer } from '../open-dsr.js';
import { OpenDsrErrors } from './protocol-errors.js';

/** OpenDSR 2.0, also under its major version (§3.4). */
const PATHS = ['opendsr', 'opendsr/v2'];

@ApiTags('standards')
@Controller(PATHS)
@UseInterceptors(OpenDsrErrors)
@Public()
export class OpenDsrDiscoveryController {
  constructor(@Inject(OpenDsr) private readonly openDsr: OpenDsr) {}

  @Get('discovery')
  @ApiOperation({ summary: 'OpenDSR 2.0: what is understood here' })
  discovery(): object {
    return this.openDsr.discovery();
  }

  @Get('certificate.pem')
  @Header('content-type', 'application/x-pem-file')
  @ApiOkResponse({
    description: 'Checks the signatures of answers and callbacks',
    content: { 'application/x-pem-file': {} },
  })
  certificate(): string {
    return this.openDsr.certificate();
  }
}

@ApiTags('standards')
@ApiBearerAuth()
@Controller(PATHS.map((path) => `${path}/requests`))
@UseInterceptors(OpenDsrErrors)
@Roles('rights')
export class OpenDsrController {
  constructor(@Inject(OpenDsr) private readonly openDsr: OpenDsr) {}

  @Post()
  @ApiOperation({ summary: 'OpenDSR 2.0: a request of a person, sent by the controller' })
  @ApiBody({
    schema: {
      example: {
        regulation: 'gdpr',
        subject_request_id: 'a7551968-d5d6-44b2-9831-815ac9017798',
        subject_request_type: 'erasure',
        submitted_time: '2026-01-31T10:00:00Z',
        subject_identities: [
          { identity_type: 'controller_customer_id', identity_format: 'raw', identity_value: '1234' },
        ],
        status_callback_urls: ['https://controller.example.com/opendsr/callbacks'],
      },
    },
  })
  async submit(@Req() request: object, @Res() response: Response): Promise<void> {
    answer(response, 201, await this.openDsr.submit(rawBodyOf(request)));
  }

  @Get(':requestId')
  @ApiOperation({ summary: 'OpenDSR 2.0: how far a request has come' })
  status(@Param('requestId', uuidPipe('requestId')) requestId: string, @Res() response: Response): void {
    answer(response, 200, this.openDsr.status(requestId));
  }

  @Delete(':requestId')
  @HttpCode(202)
  @ApiOperation({ summary: 'OpenDSR 2.0: cancel a request that is pending' })
  async cancel(
    @Param('requestId', uuidPipe('requestId')) requestId: string,
    @Res() response: Response,
  ): Promise<void> {
    answer(response, 202, await this.openDsr.cancel(requestId));
  }
}

/** Byte for byte what was signed. */
function answer(response: Response, status: number, { body, headers }: SignedAnswer): void {
  response.status(status).set(headers).end(body);
}
