import type { EventStore } from '#libs/messaging';
import { EventBrowser } from './event-browser.js';
import { Jobs } from './jobs.js';
import { Measurements } from './measurements.js';
import type {
  QuarantinedRecords,
  RunningRebuilds,
  SettingsOf,
  TwinMeasurer,
  WatchedLines,
  WatchedReadModels,
} from './ports.js';
import { ReadModelKeeper } from './read-model-keeper.js';
import { RebuildChronicle } from './rebuild-chronicle.js';
import { ShardMap } from './shard-map.js';
import { VersionHistory } from './version-history.js';

export interface EngineParts {
  readonly store: Pick<EventStore, 'append' | 'subscribe' | 'readStream' | 'readAll' | 'head' | 'positions'>;
  readonly lines: WatchedLines;
  readonly quarantine: QuarantinedRecords;
  readonly running: RunningRebuilds;
  readonly readModels: WatchedReadModels;
  readonly settingsOf: SettingsOf;
  readonly measurer: TwinMeasurer;
  /** ISO 8601. */
  readonly now: () => string;
}

/** What an engineer watches. */
export interface Engine {
  readonly history: VersionHistory;
  readonly shards: ShardMap;
  readonly jobs: Jobs;
  readonly measurements: Measurements;
  readonly readModels: ReadModelKeeper;
  readonly events: EventBrowser;
  readonly settingsOf: SettingsOf;
  close(): Promise<void>;
}

export function openEngine(parts: EngineParts): Engine {
  const { store, lines, quarantine, running, readModels, settingsOf, measurer, now } = parts;
  const chronicle = new RebuildChronicle(store);
  const measurements = new Measurements({ store, lines, measurer, now });
  return {
    history: new VersionHistory(lines, chronicle),
    shards: new ShardMap(lines, chronicle, quarantine),
    jobs: new Jobs(chronicle, running),
    measurements,
    readModels: new ReadModelKeeper(store, readModels),
    events: new EventBrowser(store),
    settingsOf,
    close: async () => {
      await measurements.close();
      await chronicle.stop();
    },
  };
}
