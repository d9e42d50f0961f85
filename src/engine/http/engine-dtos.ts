import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { SizeQueryDto } from '#platform/http';

const ORDERS = ['newest', 'oldest'] as const;

/** Whose shards. */
export class LineQueryDto {
  @ApiProperty({ description: 'Name of a model line' })
  @IsString()
  @Length(1, 64)
  line!: string;
}

/** Which events of the log. */
export class EventsQueryDto extends SizeQueryDto {
  @ApiPropertyOptional({ enum: ORDERS, default: 'newest' })
  @IsOptional()
  @IsIn(ORDERS)
  order: (typeof ORDERS)[number] = 'newest';

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @Length(1, 20)
  after?: string;

  @ApiPropertyOptional({ description: 'Beginning of the names of streams', example: 'rebuild-' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  stream?: string;

  @ApiPropertyOptional({ description: 'Type of event', example: 'ModelPublished' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  type?: string;
}
