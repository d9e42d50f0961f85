import type { DataOf } from '#libs/contracts';

/*
 * Engineer (role engineer; admin may do the same).
 * GET /v1/models (lines with genesis and versions), GET /v1/models/{line}/versions/{version}/manifest
 * GET /v1/models/{line}/history → VersionView[]; POST /v1/models/train
 * GET /v1/models/{line}/measurements → MeasurementsView; POST /v1/models/{line}/versions/{version}/measurement → 202 MeasurementsView; DELETE cancels it
 * GET /v1/engine/shards?line → ShardView[]; GET /v1/engine/jobs → Page<JobView>; GET /v1/engine/jobs/events: server-sent JobView
 * GET /v1/engine/projections → ProjectionsView; POST /v1/engine/projections/rebuild → 202
 * GET /v1/engine/events?order&after&stream&type&size → EventsView; GET /v1/engine/settings → SettingsView
 * GET /v1/recommendations/{subject}?k → RecommendationsView: to try out what is served
 */
export interface VersionView {
  readonly version: number;
  readonly reason: 'training' | 'unlearning';
  readonly publishedAt: string;
  readonly revokedAt?: string;
  readonly manifestDigest: string;
  readonly ledgerIndex: number;
  readonly records: number;
  readonly shardsRebuilt: number;
  readonly ofShards: number;
  /** From plan to publication, waiting included. */
  readonly seconds?: number;
  /** Share of the records that were trained on again. */
  readonly shareOfRetraining?: number;
  readonly requests: readonly string[];
}
export interface ShardView {
  readonly shard: number;
  readonly records: number;
  readonly digest: string;
  readonly datasetRoot: string;
  readonly lastRebuiltVersion: number;
  readonly lastRebuiltAt: string;
  readonly quarantined: number;
}
/** A part of a version that is being made: a shard, by its number, or the aggregator. */
export interface JobPart {
  readonly part: number | 'aggregator';
  readonly state: 'waiting' | 'active';
  /** Sweeps through the records so far, of how many; absent until the first has ended. */
  readonly round?: number;
  readonly rounds?: number;
  /** Of the worker that makes it; absent where a thread of the api does. */
  readonly worker?: string;
  /** When it was last heard of, ISO 8601. */
  readonly heardAt?: string;
}
export interface JobView {
  readonly rebuildId: string;
  readonly line: string;
  readonly reason: 'training' | 'unlearning';
  readonly state: 'running' | 'waiting' | 'published' | 'abandoned';
  readonly version: number;
  readonly shards: readonly number[];
  readonly shardsDone: readonly number[];
  readonly requests: readonly string[];
  readonly plannedAt: string;
  readonly finishedAt?: string;
  readonly seconds?: number;
  /** What is being made now; absent where nothing is. */
  readonly parts?: readonly JobPart[];
}
/** While they are built again `position` grows from 0 to `head`. */
export interface ProjectionsView {
  readonly head: string;
  readonly position: string;
  /** Positions from the oldest event that they lack to the head, some of them of events that they do not follow; 0 when they have all. */
  readonly lagEvents: number;
  readonly rebuilding: boolean;
  /** Code of why the last rebuilding failed. */
  readonly failure?: string;
}
/**
 * An event without its payload's personal parts. A field that may not be shown, such as a sealed one, is `{ hidden: its length }`; a list of
 * more than 50 members is `{ first: the first 50, of: their number }`.
 */
export interface EventView {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly data: unknown;
}
export interface EventsView {
  readonly rows: readonly EventView[];
  /** `after` of the next page; absent at the end. A page may be short, or empty, and yet have one after it. */
  readonly next?: string;
}
export interface SettingsView {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly build: { readonly version: string; readonly codeDigest: string };
  readonly witnesses?: { readonly quorum: string };
}
export interface RecommendationsView {
  readonly model: { readonly line: string; readonly version: number };
  /** Shards left out because they are being rebuilt. */
  readonly quarantinedShards: readonly number[];
  /** Best first. */
  readonly items: readonly {
    readonly item: string;
    readonly score: number;
    readonly title: string;
    readonly categories: readonly string[];
  }[];
}
/** What a measurement is doing; shards are trained, so many of so many. */
export type MeasurementStage =
  | { readonly stage: 'reading' | 'ranking' }
  | { readonly stage: 'training'; readonly done: number; readonly of: number };
/** How useful the twin of a version is; figures are rounded to the half-width of their intervals. */
export type MeasuredVersion = DataOf<'UtilityMeasured'>;
export interface MeasurementsView {
  readonly line: string;
  /** By version, ascending; a version that is not here was not measured. */
  readonly measured: readonly MeasuredVersion[];
  /** What is measured now, of whichever line. */
  readonly running?: {
    readonly line: string;
    readonly version: number;
    readonly startedAt: string;
    readonly progress: MeasurementStage;
  };
  /** Why the last measurement of this line came to nothing, since the server was started or because it ended; absent when one went well after it. */
  readonly refused?: {
    readonly version: number;
    readonly code: string;
    readonly title: string;
    readonly nextStep?: string;
  };
}
