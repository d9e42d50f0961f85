import type { VersionView } from '#libs/portal-contract';

/** A version among the others of its line, for a chart. */
export interface VersionPoint {
  readonly version: number;
  readonly seconds?: number;
  /** 0 … 1. */
  readonly share?: number;
}

export function pointsOf(versions: readonly VersionView[]): VersionPoint[] {
  return versions.map(({ version, seconds, shareOfRetraining: share }) => ({
    version,
    ...(seconds !== undefined && { seconds }),
    ...(share !== undefined && { share }),
  }));
}

/** What unlearning has cost on the whole. */
export interface UnlearningCost {
  readonly versions: number;
  readonly requests: number;
  /** Of the middle version; absent where no time is known. */
  readonly medianSeconds?: number;
  /** Share of the records that training afresh each time would have read. */
  readonly share?: number;
}

export function unlearningCost(versions: readonly VersionView[]): UnlearningCost {
  const unlearned = versions.filter(({ reason }) => reason === 'unlearning');
  const seconds = unlearned.flatMap((version) => version.seconds ?? []).sort((a, b) => a - b);
  const shares = unlearned.flatMap((version) => version.shareOfRetraining ?? []);
  return {
    versions: unlearned.length,
    requests: new Set(unlearned.flatMap(({ requests }) => requests)).size,
    ...(seconds.length > 0 && { medianSeconds: seconds[Math.floor((seconds.length - 1) / 2)] }),
    ...(shares.length > 0 && { share: shares.reduce((sum, share) => sum + share, 0) / shares.length }),
  };
}

/** The last version that is not revoked answers questions. */
export function servingVersion(versions: readonly VersionView[]): number | undefined {
  return versions.findLast(({ revokedAt }) => revokedAt === undefined)?.version;
}
