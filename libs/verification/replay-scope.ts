import type { DataOf } from '#libs/contracts';
import { fromBase64Url } from '#libs/essentials';
import { subjectOfStream, type RecordedEvent } from '#libs/messaging';
import type { Partition } from '#libs/sharding';

export interface ReplayShard {
  readonly shard: number;
  /** Position of the last event that the shard's dataset has taken in. */
  readonly position: bigint;
}

/** Which datasets a replay needs. */
export interface ReplayWanted {
  readonly shards: readonly ReplayShard[];
  /** Where the aggregator reads records: the position up to which it took in those of all shards. */
  readonly aggregator?: bigint;
}

/** A record as the log places it, before it is opened. */
export interface PlacedRecord {
  readonly subject: string;
  /** 32 bytes. */
  readonly label: Uint8Array;
  readonly shard: number;
  /** Where it was recorded first, whatever generation of its stream it is in now. */
  readonly position: bigint;
}

/** What of a log the wanted datasets can be made of. */
export class ReplayScope {
  /** Nothing behind it is in any wanted dataset. */
  readonly last: bigint;
  readonly aggregatorAt: bigint | undefined;
  readonly wanted: readonly ReplayShard[];
  private readonly positions: ReadonlyMap<number, bigint>;

  constructor(
    { shards, aggregator }: ReplayWanted,
    private readonly partition: Partition,
  ) {
    this.positions = new Map(shards.map(({ shard, position }) => [shard, position]));
    this.wanted = shards;
    this.aggregatorAt = aggregator;
    const positions = [...this.positions.values(), aggregator ?? 0n];
    this.last = positions.reduce((last, position) => (position > last ? position : last), 0n);
  }

  /** Position of a shard's dataset; undefined when the shard was not asked for. */
  positionOf(shard: number): bigint | undefined {
    return this.positions.get(shard);
  }

  /** Where an InteractionRecorded event belongs; undefined when no wanted dataset can hold its record. */
  place(
    { stream, metadata, position }: RecordedEvent,
    data: DataOf<'InteractionRecorded'>,
  ): PlacedRecord | undefined {
    const recordedAt = typeof metadata.carriedFrom === 'string' ? BigInt(metadata.carriedFrom) : position;
    const subject = subjectOfStream(stream);
    const label = fromBase64Url(data.label);
    const shard = this.partition.shardOf({ subject, label });
    if (recordedAt > this.last || !this.isWanted(shard)) return undefined;
    return { subject, label, shard, position: recordedAt };
  }

  shardOf(subject: string, label: string): number {
    return this.partition.shardOf({ subject, label: fromBase64Url(label) });
  }

  isWanted(shard: number): boolean {
    return this.aggregatorAt !== undefined || this.positions.has(shard);
  }
}
