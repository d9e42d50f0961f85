import { Anchor, Paper, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { ChallengeView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useSession } from '../api/session.js';
import { nextAfterSignIn } from '../shell/navigation.js';
import { Page } from '../ui/page.js';
import { AddressForm } from './address-form.js';
import { CodeForm } from './code-form.js';

/** A person shows who they are: their address, and the code that was sent there. */
export function Component() {
  const { t } = useTranslation();
  const session = useSession();
  const [search] = useSearchParams();
  const [challenge, setChallenge] = useState<ChallengeView>();
  if (session.kind !== 'none') return <Navigate to={nextAfterSignIn(session, search.get('next'))} replace />;
  return (
    <Page title={t('signIn.title')} lead={t('signIn.lead')} width="form">
      <Paper>
        {challenge === undefined ? (
          <AddressForm
            hint={t('signIn.addressHint')}
            send={t('signIn.send')}
            ask={(to) => api.post<ChallengeView>('/v1/identity/challenges', to)}
            onSent={setChallenge}
          />
        ) : (
          <CodeForm challenge={challenge} onAgain={() => setChallenge(undefined)} />
        )}
      </Paper>
      <Text size="sm" mt="md" c="dimmed">
        {t('signIn.orFollow')}{' '}
        <Anchor component={Link} to="/follow" size="sm">
          {t('signIn.orFollowLink')}
        </Anchor>
      </Text>
    </Page>
  );
}
