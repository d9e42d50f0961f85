const EPOCH = /^-?\d{1,16}(?:\.\d+)?$/;
const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/;
const FIRST_MILLISECONDS = 100_000_000_000; // as seconds the year 5138, as milliseconds 1973

/**
 * Reads a time as whole seconds since 1970: seconds or milliseconds since then, or ISO 8601 with a zone (a bare date is midnight UTC).
 *
 * @example
 * parseTime('2026-01-31T09:00:00+01:00'); // 1769846400
 * @returns undefined for anything else; a local time without a zone is a guess, and none is made
 */
export function parseTime(text: string): number | undefined {
  if (EPOCH.test(text)) {
    const number = Number(text);
    return Math.floor(Math.abs(number) >= FIRST_MILLISECONDS ? number / 1000 : number);
  }
  if (!ISO_WITH_ZONE.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
