import { Body, Controller, Get, Inject, Param, Put, Query, Req } from '@nestjs/common';
import {
  ApiCookieAuth,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import {
  IsBoolean,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  MaxLength,
  ValidateIf,
} from 'class-validator';
import type { Request } from 'express';
import type {
  ConsentBody,
  ConsentView,
  FacetsView,
  MeView,
  Page,
  RecordsQuery,
  RecordView,
} from '#libs/portal-contract';
import { PageQueryDto, Roles, Subject } from '#platform/http';
import { OwnChoices } from '../own-choices.js';
import { OwnHistory } from '../own-history.js';

const MAX_TEXT = 255;

class HistoryQueryDto extends PageQueryDto implements RecordsQuery {
  @ApiPropertyOptional({ description: 'In titles', maxLength: MAX_TEXT })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  search?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  category?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  type?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  purpose?: string;

  @ApiPropertyOptional({ description: 'First moment of the period, ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'Last moment of the period, ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;
}

class ConsentChoiceDto implements ConsentBody {
  @ApiProperty()
  @IsBoolean()
  granted!: boolean;

  @ApiPropertyOptional({
    description:
      'The person’s own age recipient, for a receipt of what is unlearned when consent is withdrawn',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  receiptRecipient?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'For the request whose receipt it is' })
  @ValidateIf(
    ({ receiptRecipient, requestId }: ConsentChoiceDto) => (receiptRecipient ?? requestId) !== undefined,
  )
  @IsUUID()
  requestId?: string;
}

/** A person among their own things: whose they are follows from the session, and from nothing that is sent. */
@ApiTags('me')
@ApiCookieAuth()
@Controller('v1/me')
@Roles('subject')
export class MeController {
  constructor(
    @Inject(OwnHistory) private readonly history: OwnHistory,
    @Inject(OwnChoices) private readonly choices: OwnChoices,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What is stored, agreed to and asked for; honours Sec-GPC: 1' })
  async overview(@Subject() subject: string, @Req() request: Request): Promise<MeView> {
    if (request.get('sec-gpc') === '1') await this.choices.honourPrivacyControl(subject);
    return this.choices.overview(subject);
  }

  @Get('records')
  @ApiOperation({ summary: 'What is stored, by title, category, kind, purpose and period' })
  @ApiOkResponse({ description: 'Newest first' })
  records(@Subject() subject: string, @Query() query: HistoryQueryDto): Promise<Page<RecordView>> {
    return this.history.page(subject, query);
  }

  @Get('facets')
  @ApiOperation({ summary: 'What the records can be filtered by, with counts' })
  facets(@Subject() subject: string): Promise<FacetsView> {
    return this.history.facets(subject);
  }

  @Put('consents/:purpose')
  @ApiOperation({ summary: 'Agree to a purpose, or no longer; what was used under it is then unlearned' })
  choose(
    @Subject() subject: string,
    @Param('purpose') purpose: string,
    @Body() { granted, receiptRecipient: recipient, requestId }: ConsentChoiceDto,
  ): Promise<ConsentView> {
    const receipt =
      recipient === undefined || requestId === undefined
        ? undefined
        : { recipient, requestId: requestId.toLowerCase() };
    return this.choices.choose(subject, purpose, granted, receipt);
  }
}
