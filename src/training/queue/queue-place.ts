/** The jobs of one installation, for workers of one build. */
export interface QueuePlace {
  /** LACUNA_REDIS_URL. */
  readonly url: string;
  /** Random id of the installation: others may use the same Redis. */
  readonly installation: string;
  /** Digest of the training code, hex: a worker of another build never sees the jobs. */
  readonly codeDigest: string;
}

/** How long things may take, in milliseconds. */
export interface QueueTiming {
  /** A job whose worker was silent for so long goes to another. */
  readonly lock: number;
  /** How often that is looked for. */
  readonly stalled: number;
  /** How often the keeper looks at a job of which it hears nothing. */
  readonly look: number;
  /** Until the first repetition of what failed; each further one takes twice as long. */
  readonly again: number;
  /** How long the keeper waits for an answer of the Redis. */
  readonly answer: number;
}

export const USUAL_TIMING: QueueTiming = {
  lock: 15_000,
  stalled: 5_000,
  look: 2_000,
  again: 1_000,
  answer: 10_000,
};

/** Braces keep all keys on one node of a Redis cluster. */
export function prefixOf({ installation }: Pick<QueuePlace, 'installation'>): string {
  return `{lacuna-${installation}}`;
}

export function queueNameOf({ codeDigest }: Pick<QueuePlace, 'codeDigest'>): string {
  return `rebuilds-${codeDigest.slice(0, 16)}`;
}

/** Names the build whose jobs are queued. */
export function buildKeyOf(place: Pick<QueuePlace, 'installation'>): string {
  return `${prefixOf(place)}:build`;
}

/** There while a job is to be given up that a worker has begun. */
export function cancelledKeyOf(place: Pick<QueuePlace, 'installation'>, jobId: string): string {
  return `${prefixOf(place)}:cancelled:${jobId}`;
}
