import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Limited, Public, uuidPipe } from '#platform/http';
import { DataRights } from '../data-rights.js';
import type { DrpStatus } from '../drp-status.js';
import { DrpErrors, DrpSetUpErrors } from './protocol-errors.js';

const LIMIT = { name: 'data-rights', rate: 5, burst: 50 };
const MESSAGE = { schema: { type: 'string', description: 'base64 of signature ‖ JSON' } } as const;
const AUTHORIZATION = { name: 'authorization', description: 'Bearer token of POST /v1/agent/{agentId}' };

/** Public as far as our own roles go: agents show a token and sign (DRP 1.0 §3.07). */
@ApiTags('standards')
@Controller('v1/agent')
@Public()
export class DataRightsAgentController {
  constructor(@Inject(DataRights) private readonly rights: DataRights) {}

  @Post(':agentId')
  @HttpCode(200)
  @Limited(LIMIT)
  @UseInterceptors(DrpSetUpErrors)
  @ApiOperation({ summary: 'Data Rights Protocol 1.0: a token for an agent of the directory' })
  @ApiConsumes('text/plain')
  @ApiBody(MESSAGE)
  setUp(@Param('agentId') agentId: string, @Body() message: unknown): object {
    return this.rights.setUp(agentId, textOf(message));
  }

  @Get(':agentId')
  @UseInterceptors(DrpErrors)
  @ApiOperation({ summary: 'Data Rights Protocol 1.0: whether a token still holds' })
  @ApiHeader(AUTHORIZATION)
  information(@Param('agentId') agentId: string, @Headers('authorization') authorization?: string): object {
    this.rights.requireToken(agentId, authorization);
    return {};
  }
}

@ApiTags('standards')
@Controller('v1/data-rights-request')
@UseInterceptors(DrpErrors)
@ApiHeader(AUTHORIZATION)
@Public()
export class DataRightsController {
  constructor(@Inject(DataRights) private readonly rights: DataRights) {}

  @Post()
  @HttpCode(200)
  @Limited(LIMIT)
  @ApiOperation({ summary: 'Data Rights Protocol 1.0: an agent exercises a right of a person, signed' })
  @ApiConsumes('text/plain')
  @ApiBody(MESSAGE)
  exercise(@Body() message: unknown, @Headers('authorization') authorization?: string): Promise<DrpStatus> {
    return this.rights.exercise(authorization, textOf(message));
  }

  @Get(':requestId')
  @ApiOperation({ summary: 'Data Rights Protocol 1.0: how far a request of the agent has come' })
  status(
    @Param('requestId', uuidPipe('requestId')) requestId: string,
    @Headers('authorization') authorization?: string,
  ): DrpStatus {
    return this.rights.status(authorization, requestId);
  }

  @Delete(':requestId')
  @HttpCode(200)
  @ApiOperation({ summary: 'Data Rights Protocol 1.0: the person takes the request back, signed' })
  @ApiConsumes('text/plain')
  @ApiBody(MESSAGE)
  revoke(
    @Param('requestId', uuidPipe('requestId')) requestId: string,
    @Body() message: unknown,
    @Headers('authorization') authorization?: string,
  ): Promise<DrpStatus> {
    return this.rights.revoke(authorization, requestId, textOf(message));
  }
}

/** The body, where it came as text/plain; anything else signs nothing. */
function textOf(message: unknown): string {
  return typeof message === 'string' ? message : '';
}
