import type { Answer } from '#platform/http';
import type { Meters } from '#platform/metrics';

const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** How long answers take, by the template of their route: what stands in a path may name a person. */
export function httpMeter(meters: Meters): (answer: Answer) => void {
  const durations = meters.histogram(
    {
      name: 'http_request_duration_seconds',
      help: 'Time from a request to the end of its answer, by route template and status',
      labels: ['method', 'route', 'status'],
    },
    BUCKETS,
  );
  return ({ method, route, status, milliseconds }) =>
    durations.observe({ method, route, status }, milliseconds / 1000);
}
