import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import { NOTHING_TO_DO, REFUSAL_GROUNDS } from '#libs/contracts';
import type {
  AnonymousBody,
  ApproveBody,
  BulkBody,
  ExtendBody,
  FulfilBody,
  PlaceHoldBody,
  QueueQuery,
  RefuseBody,
  RefusedCategory,
  RequestKindView,
  ScopeBody,
  SubmitBody,
} from '#libs/portal-contract';
import { PageQueryDto } from '#platform/http';

const MAX_IDS = 10_000;
const MAX_CATEGORIES = 100;
const MAX_BULK = 500;
const ANONYMOUS_KINDS = ['access', 'portability', 'erasure', 'restriction'] as const;
const KINDS = [...ANONYMOUS_KINDS, 'rectification', 'objection', 'withdrawal'] as const;
const TABS = ['verified', 'unverified', 'held', 'closed'] as const;
const LIGHTS = ['green', 'amber', 'red', 'none'] as const;
const SORTS = ['due', 'received', '-received'] as const;
const REASONS = ['complexity', 'number-of-requests'] as const;
const OUTCOMES = ['corrected', 'restriction-lifted'] as const;
const HOLD_REASONS = ['litigation', 'authority-order', 'fraud-investigation', 'statutory-retention'] as const;
const GROUNDS = [...REFUSAL_GROUNDS.gdpr, ...REFUSAL_GROUNDS.ccpa, ...NOTHING_TO_DO];

/** What a withdrawal selects: every condition that is given must hold for a record to be unlearned. */
export class ScopeDto implements ScopeBody {
  @ApiPropertyOptional({ example: 'recommendations' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  purpose?: string;

  @ApiPropertyOptional({ type: [String], description: 'Item ids' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_IDS)
  @IsString({ each: true })
  items?: string[];

  @ApiPropertyOptional({ type: [String], example: ['Horror'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_IDS)
  @IsString({ each: true })
  categories?: string[];

  @ApiPropertyOptional({ description: 'First moment of the period, ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'Last moment of the period, ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;

  @ApiPropertyOptional({ type: [String], description: 'Record labels, base64url' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_IDS)
  @Matches(/^[A-Za-z0-9_-]{43}$/, { each: true })
  labels?: string[];
}

/** An erasure; the base of every request that a person makes. */
export class ErasureDto {
  @ApiProperty({ description: 'Id under which the controller knows the person', example: '1234' })
  @IsString()
  @Length(1, 200)
  subject!: string;

  @ApiPropertyOptional({
    description: 'Chosen by the caller so that a repetition is one request',
    format: 'uuid',
  })
  @IsOptional()
  @IsUUID()
  requestId?: string;

  @ApiPropertyOptional({
    description:
      'The person’s own age recipient: whoever holds its identity, and nobody else, can open the receipt of the deleted records',
    example: 'age12znpgzd3mhgryh5mz6mspecea9mjcpcqpvdaw7rwjp7x20fqf9wss93ntr',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  receiptRecipient?: string;
}

/** A withdrawal of consent to some behaviours. */
export class WithdrawalDto extends IntersectionType(ErasureDto, ScopeDto) {}

/** A request as a person makes it. */
export class SubmitDto implements SubmitBody {
  @ApiProperty({ enum: KINDS })
  @IsIn(KINDS)
  kind!: RequestKindView;

  @ApiPropertyOptional({ type: () => ScopeDto, description: 'Of a withdrawal; of an objection, its purpose' })
  @IsOptional()
  @ValidateNested()
  @Type(() => ScopeDto)
  scope?: ScopeDto;

  @ApiPropertyOptional({ description: 'Of a rectification: what is wrong, and what would be right' })
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  statement?: string;

  @ApiPropertyOptional({ description: 'The person’s own age recipient, for the receipt of deleted records' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  receiptRecipient?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Chosen by the caller so that a repetition is one request',
  })
  @IsOptional()
  @IsUUID()
  requestId?: string;
}

/** A request of somebody who has not shown yet who they are. */
export class AnonymousDto implements AnonymousBody {
  @ApiProperty({ description: 'E-mail address or customer number' })
  @IsString()
  @Length(1, 200)
  address!: string;

  @ApiProperty({ enum: ['en', 'de'] })
  @IsIn(['en', 'de'])
  locale!: 'en' | 'de';

  @ApiProperty({ enum: ANONYMOUS_KINDS })
  @IsIn(ANONYMOUS_KINDS)
  kind!: AnonymousBody['kind'];
}

export class QueueQueryDto extends PageQueryDto implements QueueQuery {
  @ApiPropertyOptional({ enum: TABS, default: 'verified' })
  @IsOptional()
  @IsIn(TABS)
  tab?: QueueQuery['tab'];

  @ApiPropertyOptional({ enum: KINDS })
  @IsOptional()
  @IsIn(KINDS)
  kind?: RequestKindView;

  @ApiPropertyOptional({ enum: LIGHTS })
  @IsOptional()
  @IsIn(LIGHTS)
  light?: QueueQuery['light'];

  @ApiPropertyOptional({ description: 'Part of a request id' })
  @IsOptional()
  @Matches(/^[0-9a-fA-F-]{1,36}$/)
  search?: string;

  @ApiPropertyOptional({ enum: SORTS })
  @IsOptional()
  @IsIn(SORTS)
  sort?: QueueQuery['sort'];
}

export class ApproveDto implements ApproveBody {
  @ApiPropertyOptional({ description: 'For an erasure, typed by hand', example: 'ERASE 7f1d9b1e' })
  @IsOptional()
  @IsString()
  @Length(0, 40)
  confirmation?: string;
}

export class RefusedCategoryDto implements RefusedCategory {
  @ApiProperty({ description: 'Category of items, or `everything`' })
  @IsString()
  @Length(1, 200)
  category!: string;

  @ApiProperty({ enum: GROUNDS })
  @IsIn(GROUNDS)
  ground!: RefusedCategory['ground'];
}

export class RefuseDto implements RefuseBody {
  @ApiProperty({ type: [RefusedCategoryDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_CATEGORIES)
  @ValidateNested({ each: true })
  @Type(() => RefusedCategoryDto)
  refused!: RefusedCategoryDto[];
}

export class ExtendDto implements ExtendBody {
  @ApiProperty({ enum: REASONS, isArray: true })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(REASONS.length)
  @IsIn(REASONS, { each: true })
  reasons!: ExtendBody['reasons'];
}

export class FulfilDto implements FulfilBody {
  @ApiProperty({ enum: OUTCOMES })
  @IsIn(OUTCOMES)
  outcome!: FulfilBody['outcome'];
}

export class BulkDto implements BulkBody {
  @ApiProperty({ enum: ['approve', 'extend', 'refuse'] })
  @IsIn(['approve', 'extend', 'refuse'])
  action!: BulkBody['action'];

  @ApiProperty({ type: [String], maxItems: MAX_BULK })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BULK)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  requestIds!: string[];

  @ApiPropertyOptional({
    description: 'To approve erasures: the words ERASE and their number',
    example: 'ERASE 3',
  })
  @IsOptional()
  @IsString()
  @Length(0, 40)
  confirmation?: string;

  @ApiPropertyOptional({ enum: REASONS, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(REASONS.length)
  @IsIn(REASONS, { each: true })
  reasons?: ExtendBody['reasons'];

  @ApiPropertyOptional({ type: [RefusedCategoryDto] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_CATEGORIES)
  @ValidateNested({ each: true })
  @Type(() => RefusedCategoryDto)
  refused?: RefusedCategoryDto[];
}

export class PlaceHoldDto implements PlaceHoldBody {
  @ApiPropertyOptional({ description: 'Any id under which the controller knows the person' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  subject?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'The person of this request' })
  @IsOptional()
  @IsUUID()
  requestId?: string;

  @ApiPropertyOptional({ description: 'Of items' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  category?: string;

  @ApiProperty({ enum: HOLD_REASONS })
  @IsIn(HOLD_REASONS)
  reason!: PlaceHoldBody['reason'];
}

export class ExportQueryDto {
  @ApiPropertyOptional({ enum: ['json', 'csv'], default: 'json' })
  @IsOptional()
  @IsIn(['json', 'csv'])
  format: 'json' | 'csv' = 'json';
}
