import { Alert, Anchor, Text } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RequestDetail } from '#libs/portal-contract';
import { queryClient, SESSION_KEY } from '../api/query-client.js';
import { standingOf } from '../requests/progress.js';

/** Says after an erasure that the account is gone, and how this page is found from now on. */
export function ErasedNotice({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const isErased = request.kind === 'erasure' && standingOf(request) === 'completed';
  useEffect(() => {
    if (isErased) void queryClient.invalidateQueries({ queryKey: SESSION_KEY }); // it is a follower's by now
  }, [isErased]);
  if (!isErased) return null;
  return (
    <Alert title={t('erased.title')}>
      <Text size="sm">
        {t('erased.text')}{' '}
        <Anchor component={Link} to={`/follow?request=${encodeURIComponent(request.requestId)}`} size="sm">
          {t('erased.link')}
        </Anchor>
      </Text>
    </Alert>
  );
}
