import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { preferredLocale, type Locale } from './locale.js';
import type en from '../messages/en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const KEPT_AS = 'lacuna-locale';

const load: Record<Locale, () => Promise<{ default: object }>> = {
  en: () => import('../messages/en.json'),
  de: () => import('../messages/de.json'),
};

/** Loads the messages of the person's language, and no others. */
export async function startMessages(): Promise<void> {
  const locale = preferredLocale(localStorage.getItem(KEPT_AS), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: locale,
    fallbackLng: false,
    resources: { [locale]: { translation: (await load[locale]()).default } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  document.documentElement.lang = locale;
}

export async function changeLocale(locale: Locale): Promise<void> {
  if (!i18next.hasResourceBundle(locale, 'translation'))
    i18next.addResourceBundle(locale, 'translation', (await load[locale]()).default);
  await i18next.changeLanguage(locale);
  localStorage.setItem(KEPT_AS, locale);
  document.documentElement.lang = locale;
}
