export type Locale = 'en' | 'de';
export const LOCALES: readonly Locale[] = ['en', 'de'];

/** What was chosen here before, or the first of the browser's languages that there are messages for. */
export function preferredLocale(kept: string | null, languages: readonly string[]): Locale {
  for (const language of [kept ?? '', ...languages]) {
    const known = LOCALES.find((locale) => locale === language.slice(0, 2));
    if (known !== undefined) return known;
  }
  return 'en';
}
