import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { ChallengeView, SessionView } from '#libs/portal-contract';
import { CHALLENGE_LIMIT, Limited, Public, uuidPipe } from '#platform/http';
import { AccessError } from '../access-error.js';
import type { Shown } from '../identity-challenges.js';
import type { Access } from '../open-access.js';
import { ACCESS } from './access-token.js';
import { ChallengeAnswerDto, ChallengeDto, FollowDto, TokenDto } from './session-dtos.js';
import { SessionDesk } from './session-desk.js';

const ANSWERS = { name: 'answers', rate: 1 / 5, burst: 30 };

/** How people show who they are. */
@ApiTags('identity')
@Public()
@Controller('v1/identity')
export class IdentityController {
  constructor(
    @Inject(ACCESS) private readonly access: Access,
    @Inject(SessionDesk) private readonly desk: SessionDesk,
  ) {}

  @Post('challenges')
  @HttpCode(202)
  @Limited(CHALLENGE_LIMIT)
  @ApiOperation({ summary: 'Mail a code and a link to a person, if the address is known' })
  @ApiAcceptedResponse({ description: 'The same answer, in the same time, whether or not it is.' })
  challenge(@Body() order: ChallengeDto): ChallengeView {
    return this.access.challenges.start(order);
  }

  @Post('challenges/:challengeId/answer')
  @HttpCode(200)
  @Limited(ANSWERS)
  @ApiOperation({ summary: 'Sign in by the code from the mail' })
  answer(
    @Req() request: Request,
    @Param('challengeId', uuidPipe('challengeId')) challengeId: string,
    @Body() { code }: ChallengeAnswerDto,
  ): Promise<SessionView> {
    this.desk.requireVisitor(request);
    return this.welcome(request, this.access.challenges.answer(challengeId, code));
  }

  @Post('links')
  @HttpCode(200)
  @Limited(ANSWERS)
  @ApiOperation({ summary: 'Sign in by the link from the mail' })
  link(@Req() request: Request, @Body() { token }: TokenDto): Promise<SessionView> {
    this.desk.requireVisitor(request);
    return this.welcome(request, this.access.challenges.answerLink(token));
  }

  @Post('host-token')
  @HttpCode(200)
  @Limited(ANSWERS)
  @ApiOperation({ summary: 'Sign in by a token of the application in which the person is signed in (JWT)' })
  async hostToken(@Req() request: Request, @Body() { token }: TokenDto): Promise<SessionView> {
    this.desk.requireVisitor(request);
    if (this.access.hostTokens === undefined)
      throw new AccessError('HOST_TOKENS_NOT_TAKEN', 'No host application is configured', {
        nextStep: 'Sign in by mail.',
      });
    const subject = await this.access.hostTokens.subjectOf(token);
    return this.desk.open(request, { kind: 'subject', subject });
  }

  @Post('follow')
  @HttpCode(200)
  @Limited(ANSWERS)
  @ApiOperation({ summary: 'Follow one request by its key, also after an erasure' })
  follow(@Req() request: Request, @Body() { requestId, followKey }: FollowDto): SessionView {
    this.desk.requireVisitor(request);
    const id = requestId.toLowerCase();
    if (!this.access.requests.isFollowKey(id, followKey))
      throw new AccessError('FOLLOW_KEY_WRONG', 'Request and key do not fit', {
        nextStep: 'Check both on what you kept when you made the request; or sign in by mail.',
      });
    return this.desk.open(request, { kind: 'follower', requestId: id });
  }

  private async welcome(request: Request, { requestId, subject, method }: Shown): Promise<SessionView> {
    if (requestId !== undefined) await this.access.requests.identityVerified({ requestId, subject, method });
    return this.desk.open(request, { kind: 'subject', subject });
  }
}
