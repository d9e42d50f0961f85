import { isClosed, type Light, type RequestState } from '#libs/erasure';
import type { DashboardView, RequestPhase } from '#libs/portal-contract';
import type { RequestQueue } from './request-queue.js';

const MONTHS = 12;
const LATEST = 100;
const MILLISECONDS_A_DAY = 86_400_000;

type Month = DashboardView['months'][number];

/** How the work on requests goes, over all of them. */
export function dashboardOf(
  states: readonly RequestState[],
  queue: Pick<RequestQueue, 'light' | 'phase'>,
  now: string,
): DashboardView {
  const open = states.filter((state) => !isClosed(state));
  const openByLight: Record<Light, number> = { green: 0, amber: 0, red: 0, none: 0 };
  const openByPhase: Partial<Record<RequestPhase, number>> = {};
  for (const state of open) {
    const phase = queue.phase(state);
    openByLight[queue.light(state, now)]++;
    openByPhase[phase] = (openByPhase[phase] ?? 0) + 1;
  }
  const days = states.flatMap((state) => daysToComplete(state) ?? []).sort((a, b) => a - b);
  return {
    openByLight,
    openByPhase,
    months: lastMonths(now).map((month) => monthOf(month, states)),
    daysToComplete: days.length === 0 ? {} : { p50: quantile(days, 0.5), p90: quantile(days, 0.9) },
    secondsToCertificate: states
      .flatMap((state) => secondsToCertificate(state) ?? [])
      .sort((a, b) => (a.at < b.at ? -1 : 1))
      .slice(-LATEST),
  };
}

/** `2026-03`, newest last. */
function lastMonths(now: string): string[] {
  const date = new Date(now);
  return Array.from({ length: MONTHS }, (_, at) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (MONTHS - 1 - at), 1))
      .toISOString()
      .slice(0, 7),
  );
}

function monthOf(month: string, states: readonly RequestState[]): Month {
  const received: Partial<Record<RequestState['kind'], number>> = {};
  for (const { receivedAt, kind } of states)
    if (receivedAt.startsWith(month)) received[kind] = (received[kind] ?? 0) + 1;
  const closed = states.filter((state) => isClosed(state) && state.closedAt.startsWith(month));
  const days = closed.flatMap((state) => daysToComplete(state) ?? []).sort((a, b) => a - b);
  return {
    month,
    received,
    completed: closed.filter(isCompleted).length,
    refused: closed.filter(({ status }) => status === 'closed-refused').length,
    ...(days.length > 0 && { medianDays: quantile(days, 0.5) }),
  };
}

function isCompleted({ status }: RequestState): boolean {
  return status === 'closed' || status === 'closed-answered';
}

function daysToComplete(state: RequestState): number | undefined {
  if (!isClosed(state) || !isCompleted(state)) return undefined;
  return (Date.parse(state.closedAt) - Date.parse(state.receivedAt)) / MILLISECONDS_A_DAY;
}

function secondsToCertificate(state: RequestState): { at: string; seconds: number } | undefined {
  if (!('issuedAt' in state)) return undefined;
  return { at: state.issuedAt, seconds: (Date.parse(state.issuedAt) - Date.parse(state.acceptedAt)) / 1000 };
}

/** The value at the nearest rank. @param sorted at least one */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
