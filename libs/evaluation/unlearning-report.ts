import type { StreamName, SubsetName } from './request-stream.js';

/** A quarter of the stream is done. */
export interface UnlearningCheckpoint {
  /** Requests so far. */
  readonly requests: number;
  /** Files in which the unlearned line differs from one trained afresh on what is left; none, if it forgets exactly. */
  readonly differences: readonly string[];
  /** Means over the people who are tested and still have records. */
  readonly utility: Readonly<Record<string, number>>;
  readonly tested: number;
  /** Seconds of training the whole line afresh, on one thread. */
  readonly retrainSeconds: number;
}

/** One strategy under one stream. */
export interface UnlearningRun {
  readonly line: string;
  readonly stream: StreamName;
  readonly from: SubsetName;
  readonly requests: number;
  readonly records: number;
  /** Shards rebuilt a request, on average. */
  readonly shards: number;
  /** Seconds of a request on one thread: touched shards and aggregator. */
  readonly latency: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Mean latency as a share of training everything afresh. */
  readonly shareOfRetraining: number;
  readonly checkpoints: readonly UnlearningCheckpoint[];
}

/** What `lacuna bench unlearning` found. */
export interface UnlearningReport {
  readonly schema: 'urn:lacuna:unlearning-benchmark:v1';
  readonly dataset: {
    readonly name: string;
    readonly people: number;
    readonly items: number;
    readonly records: number;
  };
  readonly seed: string;
  readonly codeDigest: string;
  readonly runs: readonly UnlearningRun[];
}
