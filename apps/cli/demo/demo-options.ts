export interface DemoOptions {
  /** Folder of a dataset; an invented one when absent. */
  readonly data?: string;
  readonly out: string;
  /** Working data folder of the demo; made anew each time. */
  readonly dataFolder: string;
  readonly shards: number;
  readonly threads?: number;
}
