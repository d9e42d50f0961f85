import type { ModelManifest } from '#libs/contracts';
import type { ModelLineState } from '#libs/erasure';
import type { JobPart, SettingsView } from '#libs/portal-contract';
import type { Partition } from '#libs/sharding';

/** Model lines as their events tell them. */
export interface WatchedLines {
  /** @throws UnlearningError LINE_UNKNOWN */
  get(line: string): Promise<ModelLineState>;
  servingManifest(line: ModelLineState): Promise<ModelManifest | undefined>;
  partition(line: ModelLineState): Partition;
}

/** Records that are out of use and not destroyed yet; answers take in every event appended before the question. */
export interface QuarantinedRecords {
  labels(): Promise<readonly { readonly subject: string; readonly label: string }[]>;
}

/** What this process works on right now. */
export interface RunningRebuilds {
  isRunning(rebuildId: string): boolean;
  /** Parts that are made now, here or by workers, and those that wait for their turn. */
  partsUnderWay(rebuildId: string): readonly JobPart[];
}

/** The read models behind recommendations, trainings and requests. */
export interface WatchedReadModels {
  /** Position up to which the log is folded in. */
  position(): Promise<bigint>;
  /** Empties them and folds the whole log again. */
  rebuild(): Promise<unknown>;
}

/** An injection token. */
export const SETTINGS_OF = Symbol('SETTINGS_OF');

/** What the installation is, without secrets. */
export type SettingsOf = () => SettingsView;
