import type { InteractionRecord } from '#libs/contracts';
import type { People } from '#libs/evaluation';
import { measuringDraws } from './describe-line.js';

const RECORDS_EACH = 10;
const PUSHED = 3; // items that all of them push

/**
 * Invented people who push the same few items, each with some others for disguise: at most one for ten real people.
 *
 * @param wanted how many, if there are enough real people
 */
export function withSpam(
  people: People,
  items: readonly string[],
  wanted: number,
): { readonly people: People; readonly spam: readonly string[] } {
  const spam = Array.from({ length: Math.min(wanted, Math.ceil(people.size / 10)) }, (_, at) => `spam-${at}`);
  const itemAt = (drawn: number): string => items[Math.floor(drawn * items.length)];
  const target = measuringDraws('bench/spam', 'pushed');
  const pushed = Array.from({ length: PUSHED }, (_, at) => itemAt(target.uniform(at)));
  const invented = spam.map((subject): [string, InteractionRecord[]] => {
    const draws = measuringDraws('bench/spam', subject);
    const others = Array.from({ length: RECORDS_EACH - PUSHED }, (_, at) => itemAt(draws.uniform(at)));
    const met = [...new Set([...pushed, ...others])];
    return [subject, met.map((item, at) => ({ item, type: 'rating', time: at, value: 1 }))];
  });
  return { people: new Map([...people, ...invented]), spam };
}
