import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '#platform/http';
import { AliasService } from '../alias-service.js';
import { AliasDto, AliasRemovalDto } from './dtos.js';

@ApiTags('ingest')
@ApiBearerAuth()
@Roles('ingest')
@Controller('v1/subjects/:subject/aliases')
export class AliasesController {
  constructor(@Inject(AliasService) private readonly aliases: AliasService) {}

  @Post()
  @HttpCode(204)
  @ApiOperation({ summary: 'Let a person be found under another id, such as the address that reaches them' })
  @ApiNoContentResponse({ description: 'The person is known under it, now or already before.' })
  add(@Param('subject') subject: string, @Body() alias: AliasDto): void {
    this.aliases.add(subject, alias);
  }

  @Post('remove')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take an id from a person who has another one' })
  @ApiNoContentResponse({ description: 'The person is not known under it, now or already before.' })
  remove(@Param('subject') subject: string, @Body() { alias }: AliasRemovalDto): void {
    this.aliases.remove(subject, alias);
  }
}
