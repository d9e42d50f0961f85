import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import { requestPath } from './queries.js';

/** The copy of everything that a request for access or portability ends with. */
export function Downloads({ request: { requestId, download } }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  if (download !== 'export') return null;
  return (
    <Paper component="section">
      <Title order={2} mb="xs">
        {t('downloads.title')}
      </Title>
      <Text mb="md">{t('downloads.text')}</Text>
      <Group>
        {(['json', 'csv'] as const).map((format) => (
          <Button
            key={format}
            component="a"
            href={requestPath(requestId, `/export?format=${format}`)}
            download
          >
            {t(`downloads.${format}`)}
          </Button>
        ))}
      </Group>
    </Paper>
  );
}
