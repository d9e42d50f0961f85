import {
  ActionIcon,
  Button,
  Menu,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
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
      <LanguageMenu />
      <SchemeButton />
    </>
  );
}

function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const { locales } = usePortalConfig();
  const offered = LOCALES.filter((locale) => locales.includes(locale));
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          px="xs"
          aria-label={t('shell.languageNow', { code: i18n.language.toUpperCase() })}
        >
          {i18n.language.toUpperCase()}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {offered.map((locale) => (
          <Menu.Item key={locale} lang={locale} onClick={() => void changeLocale(locale)}>
            {NAMES[locale]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeButton() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  const label = t(isDark ? 'shell.toLight' : 'shell.toDark');
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      >
        {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}
