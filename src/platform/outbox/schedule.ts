/** Milliseconds from one attempt to the next; after the last of them nothing more is tried. */
export type Schedule = readonly number[];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const JITTER = 0.1; // of the pause, to either side, so that what failed together does not come back together

/** The pauses that Standard Webhooks 1.0 gives as its example (Deliverability and reliability): three days and a bit. */
export const WEBHOOK_SCHEDULE: Schedule = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** RFC 5321 §4.5.4.1: at least half an hour between attempts, and four to five days in all; the first ones sooner, for codes that expire. */
export const MAIL_SCHEDULE: Schedule = [
  10 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
  24 * HOUR,
];

/**
 * The pause after so many attempts; undefined when it was the last one.
 *
 * @param attempts from 1
 * @param random from 0 to below 1
 *
 * @example
 * pauseAfter(WEBHOOK_SCHEDULE, 1, 0.5); // 5000
 */
export function pauseAfter(schedule: Schedule, attempts: number, random: number): number | undefined {
  if (attempts < 1 || attempts > schedule.length) return undefined;
  return Math.round(schedule[attempts - 1] * (1 - JITTER + 2 * JITTER * random));
}
