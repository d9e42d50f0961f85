import type { MeasuredUtility, ModelManifest } from '#libs/contracts';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';
import type { JobPart, MeasurementStage, SettingsView } from '#libs/portal-contract';
import type { Partition } from '#libs/sharding';

/** Model lines as their events tell them. */
export interface WatchedLines {
  /** @throws UnlearningError LINE_UNKNOWN */
  get(line: string): Promise<ModelLineState>;
  servingManifest(line: ModelLineState): Promise<ModelManifest | undefined>;
  partition(line: ModelLineState): Partition;
  /** @throws UnlearningError GENESIS_MISMATCH; LearningError GENESIS_… */
  requireSameBuild(line: ModelLineState): void;
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
  /** The oldest event that they lack, of those that they follow; undefined when they have all. */
  firstLacked(): Promise<{ readonly position: bigint } | undefined>;
  /** Empties them and folds the whole log again. */
  rebuild(): Promise<unknown>;
}

/** An injection token. */
export const SETTINGS_OF = Symbol('SETTINGS_OF');

/** What the installation is, without secrets. */
export type SettingsOf = () => SettingsView;

/** What is heard of a measurement; its end comes last. */
export type MeasurementNews =
  { readonly kind: 'progress'; readonly progress: MeasurementStage } | MeasurementEnd;

export type MeasurementEnd =
  | { readonly kind: 'measured'; readonly utility: MeasuredUtility }
  | { readonly kind: 'refused'; readonly code: string; readonly title: string; readonly nextStep?: string };

/** A measurement that somewhere else works on. */
export interface RunningMeasurement {
  /** Stops it at once; nothing of it is left. */
  cancel(): void;
  /** Resolves when nothing runs any more, after the last of its news; never rejects. */
  readonly ended: Promise<void>;
}

/** Trains the twin of a version and measures it where that holds up neither answers nor erasures (docs/decisions/0052). */
export interface TwinMeasurer {
  /** @param tell hears how it goes on, its end last, unless it is cancelled */
  run(
    line: ModelLineState,
    version: PublishedVersion,
    tell: (news: MeasurementNews) => void,
  ): RunningMeasurement;
}
