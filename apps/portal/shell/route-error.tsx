import { Button, Container, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isRouteErrorResponse, Link, useRouteError } from 'react-router';
import { ProblemNotice } from '../ui/problem-notice.js';

/** What stands where a page could not be drawn. */
export function RouteError() {
  const { t } = useTranslation();
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <Container size="sm" py="xl">
      <Stack>
        <Title order={1}>{t('shell.broken')}</Title>
        <ProblemNotice error={error} onRetry={() => window.location.reload()} />
      </Stack>
    </Container>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Container size="sm" py="xl">
      <Stack gap="sm">
        <Title order={1}>{t('shell.notFound')}</Title>
        <Text c="dimmed">{t('shell.notFoundText')}</Text>
        <Group>
          <Button component={Link} to="/" variant="light">
            {t('shell.home')}
          </Button>
        </Group>
      </Stack>
    </Container>
  );
}
