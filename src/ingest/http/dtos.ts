import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { LAWFUL_BASES, type LawfulBasis } from '#libs/consent';

const MAX_TEXT = 255;

export class ItemDto {
  @ApiProperty({ description: 'The id that interactions name', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  item!: string;

  @ApiPropertyOptional({ description: 'Default: the id', maxLength: 1_000 })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  title?: string;

  @ApiPropertyOptional({ type: [String], default: [] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(MAX_TEXT, { each: true })
  categories?: string[];

  @ApiPropertyOptional({
    enum: ['item', 'feature'],
    default: 'item',
    description: 'A feature is what people may state of themselves; it is never recommended',
  })
  @IsOptional()
  @IsIn(['item', 'feature'])
  kind?: 'item' | 'feature';
}

export class ConsentDecisionDto {
  @ApiProperty({
    description: 'Your id of the person; it is kept in the vault and nowhere else',
    maxLength: MAX_TEXT,
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  subject!: string;

  @ApiProperty({ example: 'recommendations', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  purpose!: string;

  @ApiProperty({ description: 'How the decision was expressed', example: 'web-form', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  method!: string;

  @ApiProperty({ description: 'Where the proof is kept; a reference, not the proof', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  evidenceReference!: string;
}

/** What is left out is taken from the operator's configuration. */
export class ConsentGrantDto extends ConsentDecisionDto {
  @ApiPropertyOptional({ description: 'Privacy notice that was shown, with its version' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  noticeReference?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  controller?: string;

  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  personalDataCategories?: string[];

  @ApiPropertyOptional({ enum: LAWFUL_BASES })
  @IsOptional()
  @IsIn(LAWFUL_BASES)
  lawfulBasis?: LawfulBasis;
}

export class InteractionDto {
  @ApiProperty({ description: 'Your id of the person', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  subject!: string;

  @ApiProperty({ maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  item!: string;

  @ApiProperty({ example: 'rating', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  type!: string;

  @ApiProperty({
    description: 'Seconds or milliseconds since 1970, or ISO 8601 with a zone',
    oneOf: [{ type: 'number' }, { type: 'string' }],
    example: '2026-01-31T08:00:00Z',
  })
  @IsDefined()
  time!: number | string;

  @ApiPropertyOptional({ description: 'Rating, count, …', default: 1 })
  @IsOptional()
  @IsNumber()
  value?: number;

  @ApiProperty({ description: 'Purpose that the person has consented to', example: 'recommendations' })
  @IsString()
  @IsNotEmpty()
  purpose!: string;
}

export class ProfileDto {
  @ApiProperty({ description: 'Your id of the person', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  subject!: string;

  @ApiProperty({ description: 'A feature of the catalogue', example: 'age=25', maxLength: MAX_TEXT })
  @IsString()
  @IsNotEmpty()
  feature!: string;

  @ApiProperty({
    description: 'When it was stated: seconds or milliseconds since 1970, or ISO 8601 with a zone',
    oneOf: [{ type: 'number' }, { type: 'string' }],
    example: '2026-01-31T08:00:00Z',
  })
  @IsDefined()
  time!: number | string;

  @ApiProperty({ description: 'Purpose that the person has consented to', example: 'personalisation' })
  @IsString()
  @IsNotEmpty()
  purpose!: string;
}

export class AliasRemovalDto {
  @ApiProperty({
    description: 'Another id of the person; it is kept in the vault and nowhere else',
    maxLength: MAX_TEXT,
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_TEXT)
  alias!: string;
}

export class AliasDto extends AliasRemovalDto {
  @ApiPropertyOptional({
    enum: ['email', 'id'],
    description: 'Default: `email` when it looks like an address',
  })
  @IsOptional()
  @IsIn(['email', 'id'])
  kind?: 'email' | 'id';
}
