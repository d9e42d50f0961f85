import type { ProjectionsView } from '#libs/portal-contract';

/** 0 … 1: how much of the log the read models have taken in; positions are decimal and may exceed what a number holds. */
export function shareRead({
  head,
  position,
  lagEvents,
}: Pick<ProjectionsView, 'head' | 'position' | 'lagEvents'>): number {
  const [end, read] = [BigInt(head), BigInt(position)];
  if (end <= 0n || read >= end || lagEvents === 0) return 1;
  return Number((read * 10_000n) / end) / 10_000;
}
