import { statfs } from 'node:fs/promises';
import type { Counter } from 'prom-client';
import { packageVersion } from '#platform/build';
import type { Meters } from '#platform/metrics';
import type { Installation, InstallationOptions } from '../../installation/index.js';
import type { Readiness } from '../readiness.js';
import { measureLedger } from './ledger-meters.js';
import { measureProjections } from './projection-meters.js';
import { RebuildMeter } from './rebuild-meter.js';
import { measureRequests } from './request-meters.js';

type Heard = Pick<
  InstallationOptions,
  'onAppended' | 'onRebuild' | 'onRequestStep' | 'onRequestFailure' | 'onDeliveryFailure'
>;

/** Everything that is measured of an installation. Some of it happens before the installation is there: see `heard`. */
export class InstallationMeters {
  private readonly appended: Counter;
  private readonly steps: Counter;
  private readonly heldUp: Counter;
  private readonly undelivered: Counter;
  private readonly rebuilds: RebuildMeter;

  constructor(readonly meters: Meters) {
    this.appended = meters.counter({
      name: 'events_appended_total',
      help: 'Events that this process has appended, by type',
      labels: ['type'],
    });
    this.steps = meters.counter({
      name: 'request_steps_total',
      help: 'Steps of the process manager that this process has taken, by step',
      labels: ['step'],
    });
    this.heldUp = meters.counter({
      name: 'request_failures_total',
      help: 'How often requests could not get on for a reason of ours; they are tried again',
    });
    this.undelivered = meters.counter({
      name: 'outbox_failures_total',
      help: 'How often something could not be sent for a reason of ours; it is tried again',
    });
    this.rebuilds = new RebuildMeter(meters);
  }

  /** What an installation tells as it happens: options for its opening. */
  readonly heard: Required<Heard> = {
    onAppended: (counts) => {
      for (const [type, count] of counts) this.appended.inc({ type }, count);
    },
    onRebuild: (step) => this.rebuilds.hear(step),
    onRequestStep: (_, step, when) => {
      if (when === 'after') this.steps.inc({ step });
    },
    onRequestFailure: () => this.heldUp.inc(),
    onDeliveryFailure: () => this.undelivered.inc(),
  };

  /** Begins to measure what an installation is like whenever it is scraped. */
  watch(installation: Installation, readiness: Pick<Readiness, 'missing'>): void {
    const { meters } = this;
    this.rebuilds.watch(installation);
    measureProjections(meters, installation);
    measureRequests(meters, installation);
    measureLedger(meters, installation);
    measureOutbox(meters, installation);
    measureProcess(meters, installation, readiness);
  }
}

function measureOutbox(meters: Meters, { outbox }: Installation): void {
  meters.gauge(
    {
      name: 'outbox_parcels',
      help: 'What is to leave the house, by queue: held, waiting for its first attempt, tried in vain, given up',
      labels: ['queue', 'state'],
    },
    () => outbox.depths().map(({ queue, state, count }) => ({ labels: { queue, state }, value: count })),
  );
}

function measureProcess(
  meters: Meters,
  { folder }: Installation,
  readiness: Pick<Readiness, 'missing'>,
): void {
  meters.gauge({ name: 'disk_free_bytes', help: 'Room on the disk of the data folder' }, async () => {
    const { bavail, bsize } = await statfs(folder.paths.root);
    return [{ value: bavail * bsize }];
  });
  meters.gauge(
    {
      name: 'not_ready',
      help: '1 for each code of something without which this process cannot do its work',
      labels: ['code'],
    },
    async () => (await readiness.missing()).map((code) => ({ labels: { code }, value: 1 })),
  );
  meters.gauge({ name: 'build_info', help: 'Always 1', labels: ['version'] }, () => [
    { labels: { version: packageVersion() }, value: 1 },
  ]);
}
