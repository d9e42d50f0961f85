import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Post,
  Query,
  Sse,
  type MessageEvent,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import type {
  EventsView,
  JobView,
  Page,
  ProjectionsView,
  SettingsView,
  ShardView,
} from '#libs/portal-contract';
import { Audited, EventStreams, PageQueryDto, Roles } from '#platform/http';
import { EventBrowser } from '../event-browser.js';
import { Jobs } from '../jobs.js';
import { SETTINGS_OF, type SettingsOf } from '../ports.js';
import { ReadModelKeeper } from '../read-model-keeper.js';
import { ShardMap } from '../shard-map.js';
import { EventsQueryDto, LineQueryDto } from './engine-dtos.js';

/** The machinery as an engineer watches it: counts, digests, positions and pseudonyms. */
@ApiTags('engine')
@ApiBearerAuth()
@Roles('engineer', 'admin')
@Controller('v1/engine')
export class EngineController implements OnModuleDestroy {
  private readonly streams = new EventStreams();

  constructor(
    @Inject(ShardMap) private readonly shardMap: ShardMap,
    @Inject(Jobs) private readonly rebuilds: Jobs,
    @Inject(ReadModelKeeper) private readonly readModels: ReadModelKeeper,
    @Inject(EventBrowser) private readonly log: EventBrowser,
    @Inject(SETTINGS_OF) private readonly settingsOf: SettingsOf,
  ) {}

  @Get('shards')
  @ApiOperation({ summary: 'Shards of the version that serves' })
  @ApiOkResponse({ description: 'The shards; none before the first version' })
  shards(@Query() { line }: LineQueryDto): Promise<ShardView[]> {
    return this.shardMap.of(line);
  }

  @Get('jobs')
  @ApiOperation({ summary: 'Rebuilds, newest first' })
  @ApiOkResponse({ description: 'A page of rebuilds' })
  jobs(@Query() query: PageQueryDto): Promise<Page<JobView>> {
    return this.rebuilds.page(query);
  }

  @Sse('jobs/events')
  @ApiOperation({ summary: 'Server-sent: the rebuilds that are not over, and then each that changes' })
  async jobEvents(): Promise<Observable<MessageEvent>> {
    const open = await this.rebuilds.open();
    return this.streams.open<JobView>(({ push }) => {
      open.forEach(push);
      return this.rebuilds.watch(push);
    });
  }

  @Get('projections')
  @ApiOperation({ summary: 'How far the read models are behind the log' })
  @ApiOkResponse({ description: 'Positions' })
  projections(): Promise<ProjectionsView> {
    return this.readModels.view();
  }

  @Post('projections/rebuild')
  @HttpCode(202)
  @Audited('projections.rebuild')
  @ApiOperation({ summary: 'Build the read models again from the whole log; goes on after the answer' })
  rebuild(): Promise<ProjectionsView> {
    this.readModels.rebuild();
    return this.readModels.view();
  }

  @Get('events')
  @ApiOperation({ summary: 'Events of the log, without what is personal in them' })
  @ApiOkResponse({ description: 'A page of events' })
  events(@Query() query: EventsQueryDto): Promise<EventsView> {
    return this.log.page(query);
  }

  @Get('settings')
  @ApiOperation({ summary: 'What the installation is, without secrets' })
  @ApiOkResponse({ description: 'Settings, build, witnesses' })
  settings(): SettingsView {
    return this.settingsOf();
  }

  onModuleDestroy(): void {
    this.streams.close();
  }
}
