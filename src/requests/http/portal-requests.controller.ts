import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChallengeView } from '#libs/portal-contract';
import { CHALLENGE_LIMIT, Limited, Public } from '#platform/http';
import { IdentityChallenges } from '../ports.js';
import { AnonymousDto } from './request-dtos.js';
import { RequestRooms } from './request-rooms.js';

@ApiTags('me')
@Controller('v1/portal/requests')
export class PortalRequestsController {
  constructor(
    @Inject(RequestRooms) private readonly rooms: RequestRooms,
    @Inject(IdentityChallenges) private readonly challenges: IdentityChallenges,
  ) {}

  @Post()
  @Public()
  @Limited(CHALLENGE_LIMIT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Make a request without having signed in: it waits until the mailed code is answered',
  })
  @ApiAcceptedResponse({ description: 'The same, in the same time, whether or not the address is known' })
  submit(@Body() { address, locale, kind }: AnonymousDto): ChallengeView {
    const requestId = randomUUID();
    const onKnown = async (subject: string): Promise<void> => {
      await this.rooms.requests.file({ requestId, kind, subject, channel: 'portal', identity: 'awaited' });
    };
    return this.challenges.start({ address, locale, requestId, onKnown });
  }
}
