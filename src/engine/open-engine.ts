import type { EventStore } from '#libs/messaging';
import { EventBrowser } from './event-browser.js';
import { Jobs } from './jobs.js';
import type {
  QuarantinedRecords,
  RunningRebuilds,
  SettingsOf,
  WatchedLines,
  WatchedReadModels,
} from './ports.js';
import { ReadModelKeeper } from './read-model-keeper.js';
import { RebuildChronicle } from './rebuild-chronicle.js';
import { ShardMap } from './shard-map.js';
import { VersionHistory } from './version-history.js';

export interface EngineParts {
  readonly store: Pick<EventStore, 'subscribe' | 'readAll' | 'head' | 'positions'>;
  readonly lines: WatchedLines;
  readonly quarantine: QuarantinedRecords;
  readonly running: RunningRebuilds;
  readonly readModels: WatchedReadModels;
  readonly settingsOf: SettingsOf;
}

/** What an engineer watches. */
export interface Engine {
  readonly history: VersionHistory;
  readonly shards: ShardMap;
  readonly jobs: Jobs;
  readonly readModels: ReadModelKeeper;
  readonly events: EventBrowser;
  readonly settingsOf: SettingsOf;
  close(): Promise<void>;
}

export function openEngine(parts: EngineParts): Engine {
  const { store, lines, quarantine, running, readModels, settingsOf } = parts;
  const chronicle = new RebuildChronicle(store);
  return {
    history: new VersionHistory(lines, chronicle),
    shards: new ShardMap(lines, chronicle, quarantine),
    jobs: new Jobs(chronicle, running),
    readModels: new ReadModelKeeper(store, readModels),
    events: new EventBrowser(store),
    settingsOf,
    close: () => chronicle.stop(),
  };
}
