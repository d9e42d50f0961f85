import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Page, PageQuery } from '#libs/portal-contract';

const ROWS = { usual: 50, most: 200 };
const LAST_PAGE = 1_000_000;

/** How many rows an answer has at most. */
export class SizeQueryDto {
  @ApiPropertyOptional({ minimum: 1, maximum: ROWS.most, default: ROWS.usual, type: 'integer' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(ROWS.most)
  size: number = ROWS.usual;
}

/** The part of a query that every list in pages has in common. */
export class PageQueryDto extends SizeQueryDto implements PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: LAST_PAGE, default: 1, type: 'integer' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LAST_PAGE)
  page: number = 1;
}

/** One page of a list that is in memory. */
export function pageOf<T>(all: readonly T[], { page, size }: PageQueryDto): Page<T> {
  return { rows: all.slice((page - 1) * size, page * size), total: all.length, page, size };
}
