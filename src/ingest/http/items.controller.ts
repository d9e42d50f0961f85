import { Body, Controller, Delete, HttpCode, Inject, Param, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { OneOrManyPipe, Roles } from '#platform/http';
import { CatalogueService } from '../catalogue-service.js';
import { ItemDto } from './dtos.js';

const MOST_ITEMS = 10_000;

@ApiTags('ingest')
@ApiBearerAuth()
@ApiExtraModels(ItemDto)
@Roles('ingest')
@Controller('v1/items')
export class ItemsController {
  constructor(@Inject(CatalogueService) private readonly catalogue: CatalogueService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Catalogue an item or feature, or a list of them; what has not changed is left alone',
  })
  @ApiBody({
    schema: {
      oneOf: [
        { $ref: getSchemaPath(ItemDto) },
        { type: 'array', items: { $ref: getSchemaPath(ItemDto) }, maxItems: MOST_ITEMS },
      ],
    },
  })
  catalogueItems(@Body(new OneOrManyPipe(ItemDto, MOST_ITEMS)) items: ItemDto[]) {
    return this.catalogue.catalogue(
      items.map(({ item, title = item, categories = [], kind }) => ({
        item,
        title,
        categories,
        ...(kind === 'feature' && { kind }),
      })),
    );
  }

  @Delete(':item')
  @ApiOperation({ summary: 'Withdraw an item: later interactions with it are refused' })
  async withdraw(@Param('item') item: string) {
    const changed = await this.catalogue.withdraw(item);
    return { item, status: 'withdrawn', changed };
  }
}
