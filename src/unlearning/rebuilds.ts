import {
  requireRebuilt,
  servingVersion,
  shardsToRebuild,
  type ModelLineState,
  type PublishedVersion,
  type RebuildPlan,
} from '#libs/erasure';
import { requireFit } from '#libs/learning';
import type { EventStore } from '#libs/messaging';
import type { JobPart } from '#libs/portal-contract';
import { traced } from '#platform/tracing';
import type { ModelLines } from './model-lines.js';
import type { CatalogueVersion, CatalogueVersions, RebuildProgress, TrainingTicket } from './ports.js';
import type { Publisher } from './publisher.js';
import type { RebuildBook } from './rebuild-book.js';
import type { Retirement } from './retirement.js';
import { UnlearningError } from './unlearning-error.js';
import { VersionBuild, type VersionBuildParts } from './version-build.js';

export interface RebuildOrder {
  readonly line: string;
  readonly reason: RebuildPlan['reason'];
  readonly requests: readonly string[];
  /** Shards to rebuild; the others keep their bytes. */
  readonly shards: readonly number[];
}

export interface RebuildParts {
  /** Planned. */
  readonly shards: number;
  readonly rebuilt: number;
  readonly hasAggregator: boolean;
  readonly isPublished: boolean;
}

export interface RebuildsParts extends VersionBuildParts {
  readonly store: Pick<EventStore, 'head'>;
  readonly lines: ModelLines;
  readonly book: RebuildBook;
  readonly catalogue: CatalogueVersions;
  readonly publisher: Publisher;
  readonly retirement: Retirement;
}

/**
 * Rebuilds shards and the aggregator and publishes the version they make. Every step leaves an event; a rebuild that was
 * interrupted anywhere goes on where it stopped. One rebuild of a line at a time: version n+1 is planned when n is published.
 */
export class Rebuilds {
  private readonly underWay = new Set<string>();

  constructor(private readonly parts: RebuildsParts) {}

  /**
   * Shards of the serving version that may hold the records; none when nothing was ever published.
   * @throws UnlearningError LINE_NOT_TRAINED while another line serves: its model may hold the records, and only the first version
   *   of this line retires it
   */
  async affectedShards(line: string, subject: string, labels: readonly Uint8Array[]): Promise<number[]> {
    const { lines } = this.parts;
    const state = await lines.get(line);
    if (servingVersion(state) === undefined) return this.requireNothingServes(line);
    const partition = lines.partition(state);
    return [...new Set(labels.map((label) => partition.shardOf({ subject, label })))].sort((a, b) => a - b);
  }

  /**
   * The rebuild that was planned and never published, where there is one that may go on. One that may not is given up: a training is
   * planned anew, on the records of now; requests are planned anew with whoever waits.
   */
  async leftover(line: string): Promise<RebuildPlan | undefined> {
    const { lines, book } = this.parts;
    const state = await lines.get(line);
    const abandoned = await book.giveUpOutdated(state);
    if (abandoned === undefined) return (await book.next(state)).state?.plan;
    const { reason, requests, shards } = abandoned;
    return reason === 'training' ? this.plan({ line, reason, requests, shards }) : undefined;
  }

  /**
   * Whether a rebuild unlearns for a line what was assigned to it: it is under way there, or its version is among those that the line's
   * serving one has followed. A line that was left, or taken up again and not trained yet, unlearns nothing.
   */
  async stands(line: string, rebuildId: string): Promise<boolean> {
    const state = await this.parts.lines.get(line);
    if (isPublished(state, rebuildId)) return servingVersion(state) !== undefined;
    return (await this.parts.book.next(state)).state?.plan.rebuildId === rebuildId;
  }

  /**
   * True when nothing is left of what the rebuild was to unlearn: its version is published, or none was needed, and what went before is
   * revoked, given up and destroyed, in other lines, too.
   */
  async settle(line: string, rebuildId: string | null): Promise<boolean> {
    if (rebuildId !== null && !isPublished(await this.parts.lines.get(line), rebuildId)) return false;
    await this.parts.retirement.finish(line);
    return true;
  }

  /** How far a rebuild of a line has come; undefined where it was given up or never planned. */
  async partsOf(line: string, rebuildId: string): Promise<RebuildParts | undefined> {
    const state = await this.parts.book.find(rebuildId);
    if (state === undefined || state.status === 'abandoned') return undefined;
    return {
      shards: state.plan.shards.length,
      rebuilt: state.plan.shards.length - shardsToRebuild(state).length,
      hasAggregator: state.status === 'rebuilt',
      isPublished: isPublished(await this.parts.lines.get(line), rebuildId),
    };
  }

  /**
   * @throws UnlearningError REBUILD_IN_PROGRESS when the next version is planned already, CATALOGUE_EMPTY before anything is planned
   *   that has no item to recommend
   * @throws LearningError DATASET_TOO_LARGE before anything is planned with a catalogue that the line cannot be trained with
   */
  async plan(order: RebuildOrder): Promise<RebuildPlan> {
    const state = await this.parts.lines.get(order.line);
    this.parts.lines.requireSameBuild(state);
    const { version, rebuildId, state: planned } = await this.parts.book.next(state);
    if (planned !== undefined)
      throw new UnlearningError('REBUILD_IN_PROGRESS', 'another rebuild of the line is not finished', {
        facts: { rebuildId },
      });
    const parent = await this.parts.lines.servingManifest(state);
    const head = await this.parts.store.head();
    // Unlearning keeps the parent's catalogue, so that the shards it leaves alone still fit.
    const keepsCatalogue = order.reason === 'unlearning' && parent !== undefined;
    if (!keepsCatalogue) requireFit(state.genesis.config, await this.catalogueAt(head));
    const plan: RebuildPlan = {
      rebuildId,
      line: order.line,
      reason: order.reason,
      requests: [...order.requests].sort(),
      shards: [...order.shards].sort((a, b) => a - b),
      parentVersion: parent?.version ?? null,
      version,
      position: head.toString(),
      cataloguePosition: keepsCatalogue ? parent.catalogue.position : head.toString(),
    };
    await this.parts.book.record({ type: 'RebuildPlanned', data: plan }, 'plan');
    return plan;
  }

  /** Whether this process works on the rebuild right now. */
  isRunning(rebuildId: string): boolean {
    return this.underWay.has(rebuildId);
  }

  /** What is made for a rebuild now. */
  partsUnderWay(rebuildId: string): readonly JobPart[] {
    return this.parts.trainer.partsOf?.(rebuildId) ?? [];
  }

  /**
   * Brings a planned rebuild to its published version, from wherever it stopped.
   * @param dueAt when the first request that waits for it is due, ISO 8601
   */
  async run(
    rebuildId: string,
    progress: RebuildProgress = () => {},
    dueAt?: string,
  ): Promise<PublishedVersion> {
    this.underWay.add(rebuildId);
    try {
      return await this.build(rebuildId, progress, dueAt);
    } catch (failure) {
      await this.parts.trainer.giveUp?.(rebuildId);
      throw failure;
    } finally {
      this.underWay.delete(rebuildId);
    }
  }

  private async build(
    rebuildId: string,
    progress: RebuildProgress,
    dueAt: string | undefined,
  ): Promise<PublishedVersion> {
    const { book } = this.parts;
    const { plan } = await book.require(rebuildId);
    const line = await this.parts.lines.get(plan.line);
    this.parts.lines.requireSameBuild(line);
    const catalogue = await this.catalogueAt(BigInt(plan.cataloguePosition));
    const parent = await this.parts.lines.servingManifest(line);
    const partition = this.parts.lines.partition(line);
    const build = new VersionBuild(
      this.parts,
      { line, partition, plan, catalogue, parent, ticket: { ...ticketOf(plan), dueAt } },
      async (event, part) => {
        await book.require(rebuildId); // a part of what was given up meanwhile is of no use
        await book.record(event, part);
      },
      progress,
    );
    await build.shards(await book.require(rebuildId));
    await build.aggregator(await book.require(rebuildId));
    progress({ rebuildId, stage: 'publish', done: 0, of: 1 });
    const rebuilt = requireRebuilt(await book.require(rebuildId));
    const published = await traced('unlearning.publish', { 'lacuna.line': plan.line }, () =>
      this.parts.publisher.publish(line, rebuilt, catalogue),
    );
    progress({ rebuildId, stage: 'publish', done: 1, of: 1 });
    return published;
  }

  private async requireNothingServes(line: string): Promise<[]> {
    for (const name of await this.parts.lines.names())
      if (servingVersion(await this.parts.lines.get(name)) !== undefined)
        throw new UnlearningError(
          'LINE_NOT_TRAINED',
          'the line in use was never trained, and an older line still serves',
          {
            facts: { line, serving: name },
            nextStep: 'Train the line with `lacuna train`; requests that wait are finished then.',
          },
        );
    return [];
  }

  private async catalogueAt(position: bigint): Promise<CatalogueVersion> {
    const catalogue = await this.parts.catalogue.at(position);
    if (catalogue.items.length === 0)
      throw new UnlearningError('CATALOGUE_EMPTY', 'there is no item to recommend', {
        nextStep: 'Catalogue items first: `lacuna import … --items FILE` or POST /v1/items.',
      });
    return catalogue;
  }
}

function isPublished({ versions }: ModelLineState, rebuildId: string): boolean {
  return versions.some((version) => version.rebuildId === rebuildId);
}

function ticketOf({ rebuildId, line, version }: RebuildPlan): TrainingTicket {
  return { rebuildId, line, version };
}
