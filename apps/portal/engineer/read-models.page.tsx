import { Alert, Badge, Button, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProjectionsView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { shareRead } from './share-read.js';

const KEY = ['projections'];
const [SOON, LATER] = [1_000, 10_000]; // ms

/** How far the read models are behind the log, and the way to build them again. */
export function Component() {
  const { t } = useTranslation();
  const view = useQuery({
    queryKey: KEY,
    queryFn: () => api.get<ProjectionsView>('/v1/engine/projections'),
    refetchInterval: ({ state }) => (state.data?.rebuilding === true ? SOON : LATER),
  });
  return (
    <Page title={t('readModels.title')} lead={t('readModels.lead')} width="text">
      <Loaded query={view}>{(found) => <ReadModels view={found} />}</Loaded>
    </Page>
  );
}

function ReadModels({ view }: { readonly view: ProjectionsView }) {
  const { t } = useTranslation();
  const { number, percent } = useFormat();
  const share = shareRead(view);
  return (
    <Paper>
      <Stack>
        <Group aria-live="polite">
          <Badge color={view.rebuilding ? 'ink' : view.lagEvents === 0 ? 'green' : 'yellow'}>
            {t(
              view.rebuilding
                ? 'readModels.rebuilding'
                : view.lagEvents === 0
                  ? 'readModels.current'
                  : 'readModels.behind',
            )}
          </Badge>
          <Text size="sm">{percent(share)}</Text>
        </Group>
        <Progress value={share * 100} aria-label={t('readModels.progress')} animated={view.rebuilding} />
        {view.failure !== undefined && (
          <Alert color="red" title={t('readModels.failed')}>
            <span className="mono">{view.failure}</span>
          </Alert>
        )}
        <Facts
          of={[
            [t('readModels.head'), number(Number(view.head))],
            [t('readModels.position'), number(Number(view.position))],
            [t('readModels.lag'), number(view.lagEvents)],
          ]}
        />
        {!view.rebuilding && <Rebuild />}
      </Stack>
    </Paper>
  );
}

/** Asked twice, since recommendations wait for the records while it lasts. */
function Rebuild() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const rebuild = useMutation({
    mutationFn: () => api.post<ProjectionsView>('/v1/engine/projections/rebuild'),
    onSuccess: (view) => client.setQueryData(KEY, view),
  });
  if (!isAsking)
    return (
      <Group>
        <Button variant="default" onClick={() => setAsking(true)}>
          {t('readModels.rebuild')}
        </Button>
      </Group>
    );
  return (
    <Stack gap="xs">
      <Text size="sm">{t('readModels.rebuildText')}</Text>
      {rebuild.isError && <ProblemNotice error={rebuild.error} />}
      <Group gap="xs">
        <Button autoFocus loading={rebuild.isPending} onClick={() => rebuild.mutate()}>
          {t('readModels.rebuildNow')}
        </Button>
        <Button variant="subtle" onClick={() => setAsking(false)}>
          {t('readModels.notNow')}
        </Button>
      </Group>
    </Stack>
  );
}
