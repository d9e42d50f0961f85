import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { usePortalConfig } from '../api/session.js';
import { LOCALES, type Locale } from '../i18n/locale.js';
import { changeLocale } from '../i18n/messages.js';

const NAMES: Record<Locale, string> = { en: 'English', de: 'Deutsch' };

/** Language, and light or dark. */
export function Preferences() {
  return (
    <>
      <LanguageButton />
      <SchemeButton />
    </>
  );
}

/** Goes on to the next language; with two of them that is the other one. */
function LanguageButton() {
  const { i18n } = useTranslation();
  const { locales } = usePortalConfig();
  const offered = LOCALES.filter((locale) => locales.includes(locale));
  const next = offered[(offered.findIndex((locale) => locale === i18n.language) + 1) % offered.length];
  if (offered.length < 2) return null;
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      lang={next}
      onClick={() => void changeLocale(next)}
    >
      {NAMES[next]}
    </Button>
  );
}

function SchemeButton() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  const label = t(isDark ? 'shell.toLight' : 'shell.toDark');
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  );
}
