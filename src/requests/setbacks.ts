import { isCodedError } from '#libs/essentials';

/** Why the next part of a request could not be done, and since when. */
export interface Setback {
  /** Of the error; INTERNAL for one that has none. */
  readonly code: string;
  /** ISO 8601: when it first failed, since this process began. */
  readonly since: string;
}

/**
 * What holds requests up, so that nobody takes for waiting what has failed. It is kept in memory alone: whoever starts again tries every
 * open request again, and finds out anew.
 */
export class Setbacks {
  private readonly known = new Map<string, Setback>();
  private readonly listeners = new Set<(requestId: string) => void>();

  constructor(private readonly now: () => string) {}

  of(requestId: string): Setback | undefined {
    return this.known.get(requestId);
  }

  /** Does something for these requests; it holds them up where it fails, and no longer where it succeeds. */
  async watch<T>(requestIds: readonly string[], work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      for (const requestId of requestIds) if (this.known.delete(requestId)) this.tell(requestId);
      return result;
    } catch (reason) {
      for (const requestId of requestIds)
        this.note(requestId, isCodedError(reason) ? reason.code : 'INTERNAL');
      throw reason;
    }
  }

  /** Calls back whenever a request is held up, or no longer. @returns ends it */
  onChange(listener: (requestId: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private note(requestId: string, code: string): void {
    const before = this.known.get(requestId);
    if (before?.code === code) return;
    this.known.set(requestId, { code, since: before?.since ?? this.now() });
    this.tell(requestId);
  }

  private tell(requestId: string): void {
    for (const listener of this.listeners) listener(requestId);
  }
}
