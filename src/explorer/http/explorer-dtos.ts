import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import type { EntriesQuery, EntryType } from '#libs/portal-contract';
import { PageQueryDto } from '#platform/http';
import { ENTRY_TYPES } from '../index-entities.js';

/** Which entries of the ledger to list. */
export class EntriesQueryDto extends PageQueryDto implements EntriesQuery {
  @ApiPropertyOptional({
    description:
      'A model line, the pseudonym of a request, an index, or the beginning of a digest (hex, 8 digits and more)',
  })
  @IsOptional()
  @IsString()
  @Length(0, 100)
  search?: string;

  @ApiPropertyOptional({ enum: ENTRY_TYPES })
  @IsOptional()
  @IsIn(ENTRY_TYPES)
  type?: EntryType;

  @ApiPropertyOptional({ description: 'Logged at or after; ISO 8601', example: '2026-01-31T00:00:00Z' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'Logged at or before; ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;
}

/** A request by its pseudonym. */
export class RequestNameDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  requestId!: string;
}
