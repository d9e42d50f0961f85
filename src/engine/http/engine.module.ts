import { Module, type DynamicModule } from '@nestjs/common';
import { EventBrowser } from '../event-browser.js';
import { Jobs } from '../jobs.js';
import { Measurements } from '../measurements.js';
import type { Engine } from '../open-engine.js';
import { SETTINGS_OF } from '../ports.js';
import { ReadModelKeeper } from '../read-model-keeper.js';
import { ShardMap } from '../shard-map.js';
import { VersionHistory } from '../version-history.js';
import { EngineController } from './engine.controller.js';
import { HistoryController } from './history.controller.js';
import { MeasurementsController } from './measurements.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class EngineModule {
  static over({
    history,
    shards,
    jobs,
    measurements,
    readModels,
    events,
    settingsOf,
  }: Engine): DynamicModule {
    return {
      module: EngineModule,
      controllers: [EngineController, HistoryController, MeasurementsController],
      providers: [
        { provide: VersionHistory, useValue: history },
        { provide: ShardMap, useValue: shards },
        { provide: Jobs, useValue: jobs },
        { provide: Measurements, useValue: measurements },
        { provide: ReadModelKeeper, useValue: readModels },
        { provide: EventBrowser, useValue: events },
        { provide: SETTINGS_OF, useValue: settingsOf },
      ],
    };
  }
}
