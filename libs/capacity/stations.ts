import type { Timeline } from './timeline.js';

interface Job {
  readonly seconds: number;
  readonly came: number;
  readonly done: (waited: number) => void;
}

/** So many servers behind one queue, first come, first served. */
export class Station {
  private readonly waiting: Job[] = [];
  private head = 0;
  private busy = 0;
  private worked = 0;

  constructor(
    private readonly timeline: Timeline,
    private readonly servers: number,
  ) {}

  /** @param done told when the job is finished, and how long it had waited */
  serve(seconds: number, done: (waited: number) => void): void {
    this.waiting.push({ seconds, came: this.timeline.now, done });
    this.begin();
  }

  /** Seconds of work, over all servers. */
  get work(): number {
    return this.worked;
  }

  private begin(): void {
    while (this.busy < this.servers && this.head < this.waiting.length) {
      const job = this.waiting[this.head++];
      const waited = this.timeline.now - job.came;
      this.busy++;
      this.worked += job.seconds;
      this.timeline.after(job.seconds, () => {
        this.busy--;
        job.done(waited);
        this.begin();
      });
    }
    if (this.head > 1_000 && this.head * 2 > this.waiting.length) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
  }
}
