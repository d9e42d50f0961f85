import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SettingsView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Panel } from '../ui/panel.js';
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
            <Panel title={t('settings.build')}>
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
            </Panel>
            <Panel title="lacuna.json">
              <Facts longNames of={settingLines(said).map(({ name, value }) => [name, value] as const)} />
            </Panel>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
