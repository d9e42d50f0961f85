import { Alert, Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FollowBody } from '#libs/portal-contract';
import { useSignIn } from '../api/session.js';
import { keysOf } from '../receipt/key-ring.js';
import { ProblemNotice } from '../ui/problem-notice.js';

/** An erasure ends the session of its person: the follow key, which this tab still has, goes on from there. */
export function FollowOn({ requestId }: { readonly requestId: string }) {
  const { t } = useTranslation();
  const follow = useSignIn<FollowBody>('/v1/identity/follow');
  const keys = keysOf(requestId);
  const followKey = keys?.followKey;
  if (followKey === undefined) return null;
  return (
    <Alert title={t('followOn.title')} mb="md">
      <Text size="sm">{t('followOn.text')}</Text>
      {follow.isError && <ProblemNotice error={follow.error} />}
      <Button
        size="sm"
        mt="sm"
        loading={follow.isPending}
        onClick={() => follow.mutate({ requestId, followKey })}
      >
        {t('followOn.button')}
      </Button>
    </Alert>
  );
}
