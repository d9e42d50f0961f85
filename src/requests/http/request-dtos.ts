import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
} from 'class-validator';

const MAX_IDS = 10_000;

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

/** A withdrawal: every condition that is given must hold for a record to be unlearned. */
export class WithdrawalDto extends ErasureDto {
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
