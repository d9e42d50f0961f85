import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ModelManifest } from '#libs/contracts';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';
import { Audited, Roles, wholeNumberPipe } from '#platform/http';
import { ModelLines } from '../model-lines.js';
import { Trainings } from '../trainings.js';
import { UnlearningError } from '../unlearning-error.js';

@ApiTags('models')
@ApiBearerAuth()
@Controller('v1/models')
@Roles('auditor', 'engineer', 'admin')
export class ModelsController {
  constructor(
    @Inject(ModelLines) private readonly lines: ModelLines,
    @Inject(Trainings) private readonly trainings: Trainings,
  ) {}

  @Get()
  @ApiOkResponse({ description: 'All model lines with their genesis and versions, oldest first' })
  async list(): Promise<ModelLineState[]> {
    return Promise.all((await this.lines.names()).map((name) => this.lines.get(name)));
  }

  @Get(':line')
  @ApiOkResponse({ description: 'A model line with its genesis and versions' })
  get(@Param('line') line: string): Promise<ModelLineState> {
    return this.lines.get(line);
  }

  @Get(':line/versions/:version/manifest')
  @ApiOkResponse({ description: 'The manifest of a version, also of a revoked one' })
  async manifest(
    @Param('line') line: string,
    @Param('version', wholeNumberPipe('version')) version: number,
  ): Promise<ModelManifest> {
    const { versions } = await this.lines.get(line);
    const published = versions.find((known) => known.version === version);
    if (published === undefined)
      throw new UnlearningError('VERSION_UNKNOWN', 'the line has no such version', {
        facts: { line, version },
        nextStep: 'List the versions of a line: GET /v1/models.',
      });
    return this.lines.manifestOf(published);
  }

  @Post('train')
  @Roles('engineer', 'admin')
  @Audited('model.train')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Train every shard on what may be used now; answers when the version is published',
  })
  @ApiCreatedResponse({ description: 'The published version' })
  train(): Promise<PublishedVersion> {
    return this.trainings.train();
  }
}
