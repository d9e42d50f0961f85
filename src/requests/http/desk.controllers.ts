import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { HoldTarget } from '#libs/contracts';
import { ErasureError, type HoldState } from '#libs/erasure';
import type { BulkView, DashboardView, HoldView } from '#libs/portal-contract';
import type { Vault } from '#libs/messaging';
import { Actor, Audited, Roles, uuidPipe } from '#platform/http';
import { BulkWork } from '../bulk-work.js';
import { subjectBehind } from '../subject-behind.js';
import { BulkDto, PlaceHoldDto } from './request-dtos.js';
import { RequestRooms } from './request-rooms.js';

/** Token of the directory of pseudonyms. */
export const SUBJECT_DIRECTORY = Symbol('SUBJECT_DIRECTORY');

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/requests/bulk')
@Roles('dpo')
export class BulkController {
  constructor(@Inject(BulkWork) private readonly bulk: BulkWork) {}

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'What would become of each of the requests; nothing is recorded' })
  @ApiOkResponse({ description: 'One result a request, in their order' })
  preview(@Body() body: BulkDto, @Actor() actor: string): BulkView {
    return this.bulk.preview(body, actor);
  }

  @Post()
  @HttpCode(200)
  @Audited('request.bulk')
  @ApiOperation({ summary: 'Approve, extend or refuse several requests, each for itself' })
  @ApiOkResponse({ description: 'One result a request, in their order' })
  carryOut(@Body() body: BulkDto, @Actor() actor: string): Promise<BulkView> {
    return this.bulk.carryOut(body, actor);
  }
}

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/holds')
@Roles('dpo')
export class HoldsController {
  constructor(
    @Inject(RequestRooms) private readonly rooms: RequestRooms,
    @Inject(SUBJECT_DIRECTORY) private readonly vault: Pick<Vault, 'findSubject'>,
  ) {}

  @Get()
  @ApiOkResponse({ description: 'Newest first' })
  list(): HoldView[] {
    return this.rooms.desk.holds().map((hold) => this.view(hold));
  }

  @Post()
  @Audited('hold.place')
  @ApiOperation({ summary: 'Keep a person, or a category of items, from being destroyed' })
  async place(@Body() body: PlaceHoldDto, @Actor() actor: string): Promise<HoldView> {
    return this.view(await this.rooms.desk.placeHold(randomUUID(), this.targetOf(body), body.reason, actor));
  }

  @Post(':holdId/release')
  @HttpCode(200)
  @Audited('hold.release')
  @ApiOperation({ summary: 'Release it: what it stopped goes on' })
  async release(
    @Param('holdId', uuidPipe('holdId')) holdId: string,
    @Actor() actor: string,
  ): Promise<HoldView> {
    return this.view(await this.rooms.desk.releaseHold(holdId, actor));
  }

  private targetOf({ subject, requestId, category }: PlaceHoldDto): HoldTarget {
    if ([subject, requestId, category].filter((one) => one !== undefined).length !== 1)
      throw new ErasureError('HOLD_TARGET_UNCLEAR', 'a hold is on one person, or on one category', {
        nextStep: 'Name one of: subject, requestId, category.',
      });
    if (category !== undefined) return { kind: 'category', category };
    if (requestId !== undefined)
      return { kind: 'subject', subject: this.rooms.requests.get(requestId.toLowerCase()).subject };
    return { kind: 'subject', subject: subjectBehind(this.vault, subject!) };
  }

  private view(hold: HoldState): HoldView {
    const { holdId, target, reason, placedAt, placedBy, releasedAt } = hold;
    return {
      holdId,
      target: target.kind === 'category' ? target : { kind: 'subject' },
      reason,
      placedAt,
      placedBy,
      ...(releasedAt !== undefined && { releasedAt }),
      requests: this.rooms.desk.stoppedBy(hold),
    };
  }
}

@ApiTags('requests')
@ApiBearerAuth()
@Controller('v1/dashboard')
@Roles('dpo')
export class DashboardController {
  constructor(@Inject(RequestRooms) private readonly rooms: RequestRooms) {}

  @Get()
  @ApiOkResponse({ description: 'Open requests by light and phase, twelve months, times' })
  dashboard(): DashboardView {
    return this.rooms.dashboard();
  }
}
