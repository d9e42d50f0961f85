import { setImmediate } from 'node:timers/promises';

export interface GroupCommitOptions {
  /** Items in a batch, at most. */
  readonly maxItems: number;
  /**
   * Milliseconds that the first item of a batch waits for others; those that arrive during a commit have waited already. 0: for what the
   * event loop brings in the same turn, and no longer.
   */
  readonly delay: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result | PromiseLike<Result>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lets concurrent work share one commit (DeWitt et al., "Implementation techniques for main memory database systems", 1984, §4): while
 * one batch is being made durable the next one gathers. Items are committed in the order in which they were added.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running: Promise<void> | undefined;
  private committing = 0;
  private batchIsFull = (): void => undefined;

  /**
   * @param commit makes a batch durable and answers for each item, in their order; when it rejects, the whole batch does. Answers may come
   *   later than the next batch may begin: then they are promises
   */
  constructor(
    private readonly commit: (items: readonly Item[]) => Promise<readonly (Result | PromiseLike<Result>)[]>,
    private readonly options: GroupCommitOptions,
  ) {}

  add(item: Item): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => this.waiting.push({ item, resolve, reject }));
    if (this.waiting.length >= this.options.maxItems) this.batchIsFull();
    this.running ??= this.run();
    return result;
  }

  /** Items that were added and are not answered yet. */
  get pending(): number {
    return this.waiting.length + this.committing;
  }

  /** Resolves when nothing waits any more, whether it succeeded or not. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await this.gather();
    while (this.waiting.length > 0) await this.commitNext();
    this.running = undefined;
  }

  private async gather(): Promise<void> {
    const { delay, maxItems } = this.options;
    if (this.waiting.length >= maxItems) return;
    if (delay === 0) return setImmediate();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.batchIsFull = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async commitNext(): Promise<void> {
    const batch = this.waiting.splice(0, this.options.maxItems);
    this.committing = batch.length;
    try {
      const results = await this.commit(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, at) => resolve(results[at]));
    } catch (reason) {
      for (const { reject } of batch) reject(reason);
    } finally {
      this.committing = 0;
    }
  }
}
