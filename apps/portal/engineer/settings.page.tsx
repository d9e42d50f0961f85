import { Paper, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SettingsView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { settingLines } from './setting-lines.js';

/** What the installation is; it is changed in its file and by the command line. */
export function Component() {
  const { t } = useTranslation();
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: () => api.get<SettingsView>('/v1/engine/settings'),
  });
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')} width="text">
      <Loaded query={settings}>
        {({ settings: said, build, witnesses }) => (
          <Stack>
            <Paper component="section" aria-labelledby="build-title">
              <Title order={2} size="h3" id="build-title" mb="xs">
                {t('settings.build')}
              </Title>
              <Facts
                of={[
                  [t('settings.version'), build.version],
                  [
                    t('statement.fact.code'),
                    <Digest key="code" value={build.codeDigest} of={t('statement.fact.code')} shown={24} />,
                  ],
                  [t('settings.quorum'), witnesses?.quorum ?? t('settings.noWitnesses')],
                ]}
              />
            </Paper>
            <Paper component="section" aria-labelledby="settings-title">
              <Title order={2} size="h3" id="settings-title" mb="xs">
                lacuna.json
              </Title>
              <Facts longNames of={settingLines(said).map(({ name, value }) => [name, value] as const)} />
            </Paper>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
