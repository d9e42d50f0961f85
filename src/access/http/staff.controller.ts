import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Page, StaffActionView, StaffView } from '#libs/portal-contract';
import { Audited, pageOf, PageQueryDto, Roles } from '#platform/http';
import type { Access } from '../open-access.js';
import { ACCESS } from './access-token.js';
import { AccountChangeDto, InviteDto } from './session-dtos.js';

@ApiTags('staff')
@ApiBearerAuth()
@Controller('v1/staff')
@Roles('admin')
export class StaffController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get()
  @Audited('accounts.read')
  @ApiOperation({ summary: 'Accounts of staff' })
  list(@Query() query: PageQueryDto): Page<StaffView> {
    return pageOf(this.access.accounts.list(), query);
  }

  @Post()
  @Audited('account.invite')
  @ApiOperation({ summary: 'A new account, with the link by which its owner chooses user name and password' })
  invite(@Body() { name, roles }: InviteDto): { staff: StaffView; setUpLink: string } {
    const { account, link } = this.access.accounts.invite(name, roles);
    return { staff: account, setUpLink: this.access.setUpUrl(link.token) };
  }

  @Patch(':staffId')
  @Audited('account.change')
  @ApiOperation({ summary: 'Change what an account may do, or disable it' })
  change(@Param('staffId') staffId: string, @Body() changes: AccountChangeDto): StaffView {
    return this.access.accounts.change(staffId, changes);
  }

  @Post(':staffId/reset')
  @HttpCode(200)
  @Audited('account.reset')
  @ApiOperation({ summary: 'Take the password away, end the sessions, and make a new set-up link' })
  reset(@Param('staffId') staffId: string): { setUpLink: string } {
    return { setUpLink: this.access.setUpUrl(this.access.accounts.reset(staffId).token) };
  }

  @Get('audit')
  @Roles('admin', 'auditor')
  @ApiOperation({ summary: 'What members of staff did' })
  @ApiOkResponse({ description: 'Newest first; codes and pseudonyms' })
  async actions(@Query() { page, size }: PageQueryDto): Promise<Page<StaffActionView>> {
    return { ...(await this.access.actions.page(page, size)), page, size };
  }
}
