import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Sse,
  type MessageEvent,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import type { ReplayView } from '#libs/portal-contract';
import { Audited, EventStreams, Roles, uuidPipe } from '#platform/http';
import { isOver } from '../replay-view.js';
import { Replays } from '../replays.js';
import { RequestNameDto } from './explorer-dtos.js';

const replayIdPipe = uuidPipe('replayId');

/** Replays of certificates on the operator's machine. Whoever does not want to believe it asks for an export and replays at home. */
@ApiTags('explorer')
@ApiBearerAuth()
@Roles('auditor', 'admin')
@Controller('v1/explorer/replays')
export class ReplaysController implements OnModuleDestroy {
  private readonly streams = new EventStreams();

  constructor(@Inject(Replays) private readonly replays: Replays) {}

  @Post()
  @HttpCode(202)
  @Audited('replay.start')
  @ApiOperation({ summary: 'Replay a certificate; one at a time, the others wait' })
  start(@Body() { requestId }: RequestNameDto): Promise<ReplayView> {
    return this.replays.start(requestId.toLowerCase());
  }

  @Get()
  @ApiOperation({ summary: 'Replays since the server was started, newest first' })
  @ApiOkResponse({ description: 'The replays' })
  list(): ReplayView[] {
    return this.replays.list();
  }

  @Get(':replayId')
  @ApiOkResponse({ description: 'The replay, with the state of each shard' })
  get(@Param('replayId', replayIdPipe) replayId: string): ReplayView {
    return this.replays.get(replayId);
  }

  @Delete(':replayId')
  @Audited('replay.cancel')
  @ApiOperation({ summary: 'Cancel a replay that waits or runs' })
  @ApiOkResponse({ description: 'The replay, cancelled' })
  cancel(@Param('replayId', replayIdPipe) replayId: string): ReplayView {
    return this.replays.cancel(replayId);
  }

  @Sse(':replayId/events')
  @ApiOperation({
    summary: 'Server-sent: the replay as it is, and whenever something changes, until it is over',
  })
  events(@Param('replayId', replayIdPipe) replayId: string): Observable<MessageEvent> {
    this.replays.get(replayId); // an unknown one is refused before the stream begins
    return this.streams.open<ReplayView>(({ push, end }) => {
      const tell = (changed: ReplayView): void => {
        push(changed);
        if (isOver(changed)) end();
      };
      const stop = this.replays.watch(replayId, tell);
      tell(this.replays.get(replayId));
      return stop;
    });
  }

  onModuleDestroy(): void {
    this.streams.close();
  }
}
