import type { ModelManifest, RequestKind } from '#libs/contracts';
import type { REPORT_SCHEMA } from './demo-folders.js';

export interface ReportedShard {
  readonly shard: number;
  readonly records: number;
  readonly datasetRoot: string;
  readonly digest: string;
}

export interface ReportedVersion {
  readonly version: number;
  readonly manifestDigest: string;
  readonly aggregatorDigest: string;
  readonly shards: readonly ReportedShard[];
}

export interface ReportedRequest {
  readonly requestId: string;
  readonly kind: RequestKind;
  readonly deletedRecords: number;
  readonly keptRecords: number;
  readonly affectedShards: readonly number[];
  readonly before: ReportedVersion;
  readonly after: ReportedVersion;
  /** Relative to the output folder. */
  readonly certificate: string;
  readonly ledgerIndex: number;
  /** From acceptance to the issued certificate. */
  readonly seconds: number;
}

/** `report.json` of a demo: what a program can check. */
export interface DemoReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly dataset: string;
  readonly shards: number;
  readonly counts: {
    readonly interactions: number;
    readonly people: number;
    readonly items: number;
    readonly ledgerEntries: number;
  };
  readonly genesisDigest: string;
  readonly firstVersion: ReportedVersion;
  readonly requests: readonly ReportedRequest[];
  readonly verified: readonly {
    readonly certificate: string;
    readonly exitCode: number;
    readonly seconds: number;
  }[];
  readonly replay: { readonly certificate: string; readonly exitCode: number; readonly seconds: number };
  readonly secondsByStage: Readonly<Record<string, number>>;
  readonly peakResidentMegabytes: number;
}

export function reportedVersion(manifest: ModelManifest, manifestDigest: string): ReportedVersion {
  return {
    version: manifest.version,
    manifestDigest,
    aggregatorDigest: manifest.aggregator.digest,
    shards: manifest.shards.map(({ shard, count, datasetRoot, digest }) => ({
      shard,
      records: count,
      datasetRoot,
      digest,
    })),
  };
}

/** Shards whose bytes or dataset differ between two versions. */
export function changedShards(before: ReportedVersion, after: ReportedVersion): number[] {
  return after.shards
    .filter(
      (shard, at) =>
        shard.digest !== before.shards[at].digest || shard.datasetRoot !== before.shards[at].datasetRoot,
    )
    .map(({ shard }) => shard);
}
