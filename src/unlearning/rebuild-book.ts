import type { AbandonReason, RebuildEvent } from '#libs/contracts';
import {
  evolveRebuild,
  isPrepared,
  reasonToAbandon,
  rebuildIdOf,
  servingVersion,
  type LiveRebuild,
  type ModelLineState,
  type PreparedRebuild,
  type PutOutOfUse,
  type RebuildPlan,
  type RebuildState,
} from '#libs/erasure';
import { fromBase64Url } from '#libs/essentials';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';
import type { ModelLines } from './model-lines.js';
import { UnlearningError } from './unlearning-error.js';

/** The attempt at a line's next version that counts. */
export interface NextRebuild {
  readonly version: number;
  readonly rebuildId: string;
  /** Undefined before it is planned. */
  readonly state: LiveRebuild | undefined;
}

/** Rebuilds as their events tell them. */
export class RebuildBook {
  constructor(
    private readonly store: EventStore,
    private readonly lines: ModelLines,
    private readonly now: () => string,
  ) {}

  /** @throws UnlearningError REBUILD_UNKNOWN, REBUILD_ABANDONED */
  async require(rebuildId: string): Promise<LiveRebuild> {
    const state = await this.find(rebuildId);
    if (state === undefined)
      throw new UnlearningError('REBUILD_UNKNOWN', 'no rebuild of that id was planned', {
        facts: { rebuildId },
      });
    if (state.status === 'abandoned')
      throw new UnlearningError('REBUILD_ABANDONED', 'the rebuild was given up', {
        facts: { rebuildId, reason: state.reason },
        nextStep: 'Go on with `lacuna resume`, which plans another one where a request waits for it.',
      });
    return state;
  }

  async find(rebuildId: string): Promise<RebuildState | undefined> {
    let state: RebuildState | undefined;
    for await (const event of this.store.readStream(streamNames.rebuild(rebuildId)))
      state = evolveRebuild(state, event as unknown as RebuildEvent);
    return state;
  }

  /** What is under way towards the version that follows the line's newest, or where it would be. */
  async next(line: ModelLineState): Promise<NextRebuild> {
    const version = (line.versions.at(-1)?.version ?? 0) + 1;
    for (let attempt = 1; ; attempt++) {
      const rebuildId = rebuildIdOf(line.genesis.line, version, attempt);
      const state = await this.find(rebuildId);
      if (state?.status !== 'abandoned') return { version, rebuildId, state };
    }
  }

  /**
   * Gives up what is under way in a line when it may not go on (reasonToAbandon), unless the ledger may name it already. Only for a rebuild
   * that was interrupted: one that runs is followed by another where records in it are put out of use.
   * @returns the plan that was given up
   */
  async giveUpOutdated(line: ModelLineState): Promise<RebuildPlan | undefined> {
    const { rebuildId, state } = await this.next(line);
    if (state === undefined || isPrepared(state)) return undefined;
    const reason = await this.reasonToGiveUp(line, state);
    if (reason === undefined) return undefined;
    const abandonedAt = this.now();
    await this.record({ type: 'RebuildAbandoned', data: { rebuildId, reason, abandonedAt } }, 'abandon');
    return state.plan;
  }

  /** A rebuild of a line that may not go on, and cannot be given up any more, for the ledger may name it. */
  async outdatedButPrepared(line: ModelLineState): Promise<PreparedRebuild | undefined> {
    const { state } = await this.next(line);
    if (!isPrepared(state)) return undefined;
    return (await this.reasonToGiveUp(line, state)) === undefined ? undefined : state;
  }

  private async reasonToGiveUp(line: ModelLineState, state: LiveRebuild): Promise<AbandonReason | undefined> {
    const partition = this.lines.partition(line);
    return reasonToAbandon(
      state,
      servingVersion(line)?.version ?? null,
      await this.putOutOfUseSince(BigInt(state.plan.position)),
      ({ subject, label }) => partition.shardOf({ subject, label: fromBase64Url(label) }),
    );
  }

  async record(event: RebuildEvent, part: string): Promise<void> {
    const { rebuildId } = event.data;
    await this.store.append(streamNames.rebuild(rebuildId), [
      { id: namedEventId(event.type, rebuildId, part), ...event },
    ]);
  }

  private async putOutOfUseSince(from: bigint): Promise<PutOutOfUse[]> {
    const since: PutOutOfUse[] = [];
    const filter = { types: ['RecordsQuarantined'], streamPrefixes: [streamNames.prefixes.request] };
    for await (const { position, data } of this.store.readAll({ from, filter }))
      since.push({ ...(data as Omit<PutOutOfUse, 'position'>), position });
    return since;
  }
}
