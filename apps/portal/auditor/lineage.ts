import type { UnlearningCertificate } from '#libs/certificate';

type Shard = { readonly count: number; readonly digest: string; readonly datasetRoot: string };

/** A shard of the model before and after a request. */
export interface ShardLineage {
  readonly shard: number;
  readonly before: Shard;
  readonly after: Shard;
  /** Entries that went from its dataset, and came; undefined where the operator lost the proof. */
  readonly delta?: { readonly deleted: number; readonly added: number };
}

/** What a certificate says happened, from the deleted labels to what serves. */
export interface Lineage {
  readonly deleted: { readonly count: number; readonly mapRoot: string };
  /** Absent where nothing had been published before the request. */
  readonly model?: {
    readonly line: string;
    readonly rebuilt: readonly ShardLineage[];
    readonly untouched: readonly number[];
    readonly aggregator: { readonly before: string; readonly after: string };
    readonly aggregatorChanged: boolean;
    readonly before: { readonly version: number; readonly digest: string };
    readonly after: { readonly version: number; readonly digest: string };
    /** No shard had any of the records, so that the version stayed. */
    readonly versionStayed: boolean;
    readonly servesFrom: string;
    readonly revoked: readonly number[];
  };
}

export function lineageOf({ deleted, model }: UnlearningCertificate): Lineage {
  if (model === null) return { deleted };
  const { affectedShards, unaffectedShards, aggregator, manifest, serving } = model;
  return {
    deleted,
    model: {
      line: model.line,
      rebuilt: affectedShards.map(({ shard, before, after, delta }) => ({
        shard,
        before,
        after,
        ...(delta !== null && { delta }),
      })),
      untouched: unaffectedShards.map(({ shard }) => shard).sort((a, b) => a - b),
      aggregator,
      aggregatorChanged: aggregator.before !== aggregator.after,
      before: manifest.before,
      after: manifest.after,
      versionStayed: manifest.before.digest === manifest.after.digest,
      servesFrom: serving.servesFrom,
      revoked: serving.revoked.map(({ version }) => version),
    },
  };
}
