import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import {
  ApiCookieAuth,
  ApiFoundResponse,
  ApiNoContentResponse,
  ApiOperation,
  ApiSeeOtherResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { SessionView } from '#libs/portal-contract';
import { STAFF_ROLES, type Principal } from '#platform/callers';
import {
  Caller,
  clientOf,
  cookieOf,
  HttpError,
  Limited,
  mustBeSecure,
  Public,
  Roles,
  SentBack,
} from '#platform/http';
import { AccessError } from '../access-error.js';
import type { Access } from '../open-access.js';
import type { StaffId } from '../staff-account.js';
import { ACCESS } from './access-token.js';
import { LoginDto, PasswordDto, SetUpDto } from './session-dtos.js';
import { SessionDesk } from './session-desk.js';

const SIGN_IN = { name: 'sign-in', rate: 1 / 5, burst: 30 };
const FLOW_COOKIE = 'lacuna-oidc';
const FLOW_PATH = '/v1/session/oidc';
const FLOW_LASTS = 600_000; // ms
const NOT_SIGNED_IN = {
  description: 'To where staff sign in, with the code of what went wrong in `refused`',
};

@ApiTags('session')
@Controller('v1/session')
export class SessionController {
  constructor(
    @Inject(ACCESS) private readonly access: Access,
    @Inject(SessionDesk) private readonly desk: SessionDesk,
  ) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Who is signed in in this browser, and the CSRF token of its session' })
  view(@Req() request: Request): SessionView {
    return this.desk.view(request);
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @Limited(SIGN_IN)
  @ApiOperation({ summary: 'Sign in as a member of staff' })
  async logIn(@Req() request: Request, @Body() { user, password }: LoginDto): Promise<SessionView> {
    this.desk.requireVisitor(request);
    const staffId = await this.access.accounts.logIn(user, password, clientOf(request.ip));
    return this.openForStaff(request, staffId, 'session.login');
  }

  @Post('setup')
  @HttpCode(200)
  @Public()
  @Limited(SIGN_IN)
  @ApiOperation({ summary: 'Choose user name and password by the token of a set-up link, and sign in' })
  async setUp(@Req() request: Request, @Body() { token, user, password }: SetUpDto): Promise<SessionView> {
    this.desk.requireVisitor(request);
    const staffId = await this.access.accounts.setUp(token, user, password);
    return this.openForStaff(request, staffId, 'account.set-up');
  }

  @Post('password')
  @HttpCode(200)
  @Roles(...STAFF_ROLES)
  @Limited(SIGN_IN)
  @ApiCookieAuth()
  @ApiOperation({ summary: 'Change the password; every other session of the account ends' })
  async changePassword(
    @Req() request: Request,
    @Caller() caller: Principal,
    @Body() { current, next }: PasswordDto,
  ): Promise<SessionView> {
    if (caller.kind !== 'staff')
      throw new HttpError('ROLE_NOT_GRANTED', 'A token has no password', {
        nextStep: 'Sign in with the account.',
      });
    const staffId = caller.actor;
    await this.access.accounts.changePassword(staffId, current, next);
    return this.openForStaff(request, staffId, 'account.password');
  }

  @Post('logout')
  @HttpCode(204)
  @Roles(...STAFF_ROLES, 'subject', 'follower')
  @ApiCookieAuth()
  @ApiOperation({ summary: 'Sign out' })
  @ApiNoContentResponse({ description: 'The session is over.' })
  logOut(@Req() request: Request): void {
    this.desk.close(request);
  }

  @Get('oidc/start')
  @Public()
  @Limited(SIGN_IN)
  @ApiOperation({ summary: 'Sign in at the identity provider' })
  @ApiFoundResponse({ description: 'To the provider' })
  @ApiSeeOtherResponse(NOT_SIGNED_IN)
  async startAtProvider(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { url, flow } = await orBackToSignIn(() => this.provider().start());
    // Lax, since the provider sends the browser back from its own site.
    response.cookie(FLOW_COOKIE, flow, {
      httpOnly: true,
      sameSite: 'lax',
      secure: mustBeSecure(request),
      path: FLOW_PATH,
      maxAge: FLOW_LASTS,
    });
    response.redirect(url);
  }

  @Get('oidc/callback')
  @Public()
  @Limited(SIGN_IN)
  @ApiOperation({ summary: 'Where the identity provider sends the browser back to' })
  @ApiFoundResponse({ description: 'To the portal, signed in' })
  @ApiSeeOtherResponse(NOT_SIGNED_IN)
  async backFromProvider(@Req() request: Request, @Res() response: Response): Promise<void> {
    response.clearCookie(FLOW_COOKIE, { path: FLOW_PATH });
    const query = request.originalUrl.split('?')[1] ?? '';
    await orBackToSignIn(async () => {
      const { identity, name, roles } = await this.provider().finish(query, cookieOf(request, FLOW_COOKIE));
      const staffId = this.access.accounts.ofProvider(identity, name, roles);
      await this.openForStaff(request, staffId, 'session.login');
    });
    response.redirect('/staff');
  }

  private async openForStaff(request: Request, staffId: StaffId, action: string): Promise<SessionView> {
    await this.access.actions.record({ actor: staffId, action });
    return this.desk.open(request, { kind: 'staff', staffId });
  }

  private provider() {
    if (this.access.provider !== undefined) return this.access.provider;
    throw new AccessError('OIDC_NOT_CONFIGURED', 'No identity provider is configured', {
      nextStep: 'Sign in with user name and password.',
    });
  }
}

/** Browsers come to these routes by a link: what goes wrong is told on the page they came from. */
async function orBackToSignIn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SentBack('/staff/sign-in', cause);
  }
}
