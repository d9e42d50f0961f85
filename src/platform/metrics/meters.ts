import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Values of labels: bounded sets, never anything that a caller chose, never anything personal. */
export type Labels = Readonly<Record<string, string | number>>;

/** What a metric is at one moment. */
export interface Measured {
  readonly value: number;
  readonly labels?: Labels;
}

interface Named {
  /** Without the prefix `lacuna_`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

const PREFIX = 'lacuna_';

/**
 * The metrics of one process, in Prometheus's text format. Those that somebody could count for themselves are asked for when they are
 * scraped; what happens between two scrapes is counted as it happens.
 */
export class Meters {
  private readonly registry = new Registry();
  private readonly failures: Counter<'metric'>;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.failures = this.counter({
      name: 'scrape_failures_total',
      help: 'Metrics that could not be measured when they were asked for, by metric',
      labels: ['metric'],
    });
  }

  counter({ name, help, labels = [] }: Named): Counter {
    return new Counter({ name: PREFIX + name, help, labelNames: labels, registers: [this.registry] });
  }

  /** @param buckets upper bounds, in seconds */
  histogram({ name, help, labels = [] }: Named, buckets: readonly number[]): Histogram {
    return new Histogram({
      name: PREFIX + name,
      help,
      labelNames: labels,
      buckets: [...buckets],
      registers: [this.registry],
    });
  }

  /** What it is now is asked when it is scraped; where the question fails, it is absent and counted. */
  gauge(named: Named, measure: () => readonly Measured[] | Promise<readonly Measured[]>): void {
    const { failures } = this;
    new Gauge({
      ...optionsOf(named),
      registers: [this.registry],
      async collect() {
        this.reset();
        if (named.labels === undefined) this.remove();
        try {
          for (const { value, labels = {} } of await measure()) this.set(labels, value);
        } catch {
          failures.inc({ metric: named.name }); // the reason may quote what was read
        }
      },
    });
  }

  /** Names of all metrics, as they stand in queries. */
  names(): string[] {
    return this.registry.getMetricsAsArray().map(({ name }) => name);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}

const optionsOf = ({ name, help, labels = [] }: Named) => ({
  name: PREFIX + name,
  help,
  labelNames: [...labels],
});
