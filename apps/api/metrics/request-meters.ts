import { isClosed, isDestructive, isInGrace, type RequestState } from '#libs/erasure';
import type { Measured, Meters } from '#platform/metrics';
import type { Installation } from '../../installation/index.js';

const HOUR = 3_600_000;

/** Requests as they stand, by how far they have come and how near their deadlines are; counts and times only. */
export function measureRequests(meters: Meters, installation: Installation): void {
  const { book, queue, desk, engine } = installation;
  const open = (): RequestState[] => book.all().filter((state) => !isClosed(state));
  meters.gauge(
    { name: 'requests_open', help: 'Open requests, by phase and light', labels: ['phase', 'light'] },
    () => counted(open().map((state) => ({ phase: queue.phase(state), light: queue.light(state) }))),
  );
  meters.gauge(
    {
      name: 'request_hours_to_next_deadline',
      help: 'Hours until the next legal deadline of an open request, negative when it has passed; +Inf without any',
    },
    () => [{ value: Math.min(...open().map(({ dueAt }) => Date.parse(dueAt) - Date.now())) / HOUR }],
  );
  meters.gauge(
    {
      name: 'request_oldest_undestroyed_seconds',
      help: 'Age, since acceptance, of the oldest request whose records are not destroyed and that no hold, grace window or person keeps waiting',
    },
    () => [
      {
        value: Math.max(
          0,
          ...open()
            .filter((state) => isToDestroy(state) && desk.holdsOn(state).length === 0)
            .map((state) => (Date.now() - acceptedAt(state)) / 1000),
        ),
      },
    ],
  );
  meters.gauge(
    {
      name: 'certificates_issued',
      help: 'Certificates that have ever been issued, as the log tells',
    },
    () => [{ value: book.all().filter((state) => 'issuedAt' in state).length }],
  );
  meters.gauge(
    { name: 'rebuild_jobs', help: 'Rebuilds that are not over, by state', labels: ['state'] },
    async () => {
      const jobs = await engine.jobs.open();
      return [
        { labels: { state: 'waiting' }, value: jobs.filter(({ state }) => state === 'waiting').length },
        { labels: { state: 'running' }, value: jobs.filter(({ state }) => state === 'running').length },
      ];
    },
  );
}

const DESTROYS: ReadonlySet<RequestState['status']> = new Set([
  'accepted',
  'quarantined',
  'assigned',
  'erased',
]);

/** Accepted, and on its way to destruction with nothing to wait for but us. */
function isToDestroy(state: RequestState): boolean {
  const isWaiting = 'graceUntil' in state && isInGrace(state, new Date().toISOString());
  return isDestructive(state.kind) && DESTROYS.has(state.status) && !isWaiting;
}

function acceptedAt(state: RequestState): number {
  return 'acceptedAt' in state ? Date.parse(state.acceptedAt) : Date.now();
}

function counted(rows: readonly { readonly phase: string; readonly light: string }[]): Measured[] {
  const counts = new Map<string, Measured>();
  for (const labels of rows) {
    const key = `${labels.phase} ${labels.light}`;
    counts.set(key, { labels, value: (counts.get(key)?.value ?? 0) + 1 });
  }
  return [...counts.values()];
}
