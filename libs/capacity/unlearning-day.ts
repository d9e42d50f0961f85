import { Draws } from './draws.js';
import { Station } from './stations.js';
import { Timeline } from './timeline.js';

/** Seconds of one unit of work each; tools/bench/unit-costs.json holds measured ones. */
export interface UnlearningCosts {
  /** Of the keeper, for each request that comes: verified, accepted, quarantined. */
  readonly intake: number;
  /** For each record of a shard that is rebuilt: read and put into its job; `readers` do it. */
  readonly snapshotPerRecord: number;
  /** Of a worker, for each record of a shard. */
  readonly trainPerRecord: number;
  /** Of a worker, whatever the shard holds: the job, its files. */
  readonly trainPerShard: number;
  /** Of the keeper, for each rebuild: aggregator, manifest, ledger, publication, revocation. */
  readonly publish: number;
  /** Of the keeper, for each request: records re-written or removed, keys destroyed. */
  readonly destroy: number;
  /** Of the keeper, for each request: proofs, certificate, ledger. */
  readonly certify: number;
  /** More of that for each other request of the same rebuild: a certificate proves everything that left the datasets between two versions. */
  readonly certifyPerOther: number;
}

export interface UnlearningDay {
  readonly records: number;
  readonly shards: number;
  readonly workers: number;
  /** Who reads the records of a rebuild: the keeper, as where everything is embedded, or the workers from a store that they share. */
  readonly readers: 'keeper' | 'workers';
  /** Requests a second that come; each hits one shard, as where people are assigned to shards. */
  readonly arrivals: number;
  /** Seconds for which the first request of a rebuild waits for others. */
  readonly window: number;
  /** Simulated seconds in which requests come. */
  readonly seconds: number;
  readonly seed: number;
}

export interface DayReport {
  readonly requests: number;
  readonly rebuilds: number;
  /** Shards of a rebuild, on the average. */
  readonly shardsARebuild: number;
  /** Other requests in the rebuild of a request, on the average over requests. */
  readonly others: number;
  /** Seconds from a request to its certificate. */
  readonly toCertificate: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Seconds until its data is out of use. */
  readonly toQuarantine: { readonly p50: number; readonly p99: number };
  /** Shares of the time. */
  readonly workersBusy: number;
  readonly keeperBusy: number;
  /** Seconds from the last arrival until everything was certified: grows without bound where more comes than can be done. */
  readonly backlog: number;
}

interface Waiting {
  readonly came: number;
  readonly shard: number;
}

/** Simulates it. Intake goes on beside the unlearning lane, in which one rebuild is at a time, as `RequestProcess` has it. */
export function simulateDay(day: UnlearningDay, costs: UnlearningCosts): DayReport {
  const simulation = new Day(day, costs);
  return simulation.run();
}

class Day {
  private readonly timeline = new Timeline();
  private readonly arrivals: Draws;
  private readonly places: Draws;
  private readonly workers: Station;
  /** The keeper's two lanes share one process; intake is short and goes before. */
  private readonly intake: Station;
  private waiting: Waiting[] = [];
  private isRebuilding = false;
  private readonly certified: number[] = [];
  private readonly quarantined: number[] = [];
  private rebuilds = 0;
  private shardsRebuilt = 0;
  private others = 0;
  private laneWork = 0;
  private lastArrival = 0;

  constructor(
    private readonly day: UnlearningDay,
    private readonly costs: UnlearningCosts,
  ) {
    this.arrivals = new Draws(day.seed);
    this.places = new Draws(day.seed + 1);
    this.workers = new Station(this.timeline, day.workers);
    this.intake = new Station(this.timeline, 1);
  }

  run(): DayReport {
    this.nextArrival();
    this.timeline.run();
    const end = this.timeline.now;
    return {
      requests: this.certified.length,
      rebuilds: this.rebuilds,
      shardsARebuild: this.rebuilds === 0 ? 0 : this.shardsRebuilt / this.rebuilds,
      others: this.certified.length === 0 ? 0 : this.others / this.certified.length,
      toCertificate: {
        p50: quantile(this.certified, 0.5),
        p99: quantile(this.certified, 0.99),
        max: quantile(this.certified, 1),
      },
      toQuarantine: { p50: quantile(this.quarantined, 0.5), p99: quantile(this.quarantined, 0.99) },
      workersBusy: this.workers.work / (this.day.workers * end),
      keeperBusy: (this.laneWork + this.intake.work) / end,
      backlog: end - this.lastArrival,
    };
  }

  private nextArrival(): void {
    this.timeline.after(this.arrivals.exponential(1 / this.day.arrivals), () => {
      if (this.timeline.now > this.day.seconds) return;
      const came = this.timeline.now;
      this.lastArrival = came;
      this.intake.serve(this.costs.intake, () => {
        this.quarantined.push(this.timeline.now - came);
        this.join({ came, shard: this.places.below(this.day.shards) });
      });
      this.nextArrival();
    });
  }

  /** The first that waits opens a window; who comes while a rebuild is under way waits for the next. */
  private join(request: Waiting): void {
    this.waiting.push(request);
    if (this.waiting.length === 1 && !this.isRebuilding)
      this.timeline.after(this.day.window, () => this.rebuild());
  }

  private rebuild(): void {
    const batch = this.waiting;
    this.waiting = [];
    this.isRebuilding = true;
    const shards = new Set(batch.map(({ shard }) => shard)).size;
    this.rebuilds++;
    this.shardsRebuilt += shards;
    const perShard = this.secondsOfShard();
    this.inLane(shards * perShard.keeper, () => {
      let left = shards;
      const trained = (): void => {
        if (--left === 0) this.inLane(this.costs.publish, () => this.finish(batch, 0));
      };
      for (let shard = 0; shard < shards; shard++) this.workers.serve(perShard.worker, trained);
    });
  }

  private secondsOfShard(): { readonly keeper: number; readonly worker: number } {
    const records = this.day.records / this.day.shards;
    const { snapshotPerRecord, trainPerRecord, trainPerShard } = this.costs;
    const [reading, training] = [records * snapshotPerRecord, trainPerShard + records * trainPerRecord];
    return this.day.readers === 'keeper'
      ? { keeper: reading, worker: training }
      : { keeper: 0, worker: reading + training };
  }

  private finish(batch: readonly Waiting[], at: number): void {
    if (at === batch.length) return this.goOn();
    const { destroy, certify, certifyPerOther } = this.costs;
    const others = batch.length - 1;
    this.inLane(destroy + certify + certifyPerOther * others, () => {
      this.others += others;
      this.certified.push(this.timeline.now - batch[at].came);
      this.finish(batch, at + 1);
    });
  }

  /** Who waits has waited as long as the rebuild took: the window of the first of them began when it came. */
  private goOn(): void {
    this.isRebuilding = false;
    const [first] = this.waiting;
    if (first === undefined) return;
    const left = Math.max(0, first.came + this.day.window - this.timeline.now);
    this.timeline.after(left, () => this.rebuild());
  }

  private inLane(seconds: number, done: () => void): void {
    this.laneWork += seconds;
    this.timeline.after(seconds, done);
  }
}

function quantile(numbers: readonly number[], share: number): number {
  if (numbers.length === 0) return 0;
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
