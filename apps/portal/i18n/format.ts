import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Times and numbers as the reader's language writes them. */
export interface Format {
  readonly locale: 'en' | 'de';
  date(iso: string): string;
  dateTime(iso: string): string;
  time(iso: string): string;
  number(value: number, digits?: number): string;
  percent(share: number): string;
  bytes(count: number): string;
  /** From seconds: `12 s`, `3 min`. */
  duration(seconds: number): string;
  list(words: readonly string[]): string;
}

export function formatIn(locale: 'en' | 'de', timeZone?: string): Format {
  const language = locale === 'de' ? 'de-DE' : 'en-GB'; // day before month in both
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone });
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium', timeZone });
  const unit = (value: number, name: string): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, maximumFractionDigits: 1 }).format(value);
  return {
    locale,
    date: (iso) => date.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    time: (iso) => time.format(new Date(iso)),
    number: (value, digits = 0) =>
      new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value),
    percent: (share) =>
      new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    bytes: (count) =>
      count < 1_000_000 ? unit(count / 1000, 'kilobyte') : unit(count / 1_000_000, 'megabyte'),
    duration: (seconds) => {
      if (seconds < 90) return unit(seconds, 'second');
      return seconds < 5400 ? unit(Math.round(seconds / 60), 'minute') : unit(seconds / 3600, 'hour');
    },
    list: (words) => new Intl.ListFormat(language, { type: 'conjunction' }).format(words),
  };
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => formatIn(i18n.language === 'de' ? 'de' : 'en'), [i18n.language]);
}
