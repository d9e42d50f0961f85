import { Anchor, Paper, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { AnonymousBody, ChallengeView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useSession } from '../api/session.js';
import { homeOf } from '../shell/navigation.js';
import { AddressForm } from '../sign-in/address-form.js';
import { CodeForm } from '../sign-in/code-form.js';
import { Page } from '../ui/page.js';
import { KindChoice } from './kind-choice.js';
import { ANONYMOUS_KINDS, askedKind } from './request-kinds.js';

/** Somebody who has not signed in makes a request, and shows afterwards who they are. */
export function Component() {
  const { t } = useTranslation();
  const session = useSession();
  const [address, setAddress] = useSearchParams();
  const [challenge, setChallenge] = useState<ChallengeView>();
  const kind = askedKind(address.get('kind'), ANONYMOUS_KINDS);
  if (session.kind === 'subject')
    return (
      <Navigate
        to={challenge === undefined ? `/me/requests/new?${address.toString()}` : '/me/requests'}
        replace
      />
    );
  if (session.kind !== 'none') return <Navigate to={homeOf(session)} replace />;
  return (
    <Page title={t('start.title')} lead={t('start.lead')} width="text">
      {challenge === undefined ? (
        <Stack gap="lg">
          <KindChoice
            kinds={ANONYMOUS_KINDS}
            kind={kind}
            onChange={(next) => setAddress({ kind: next }, { replace: true })}
          />
          <Text size="sm" c="dimmed">
            {t('start.others')}{' '}
            <Anchor component={Link} to="/sign-in?next=/me/requests/new" size="sm">
              {t('start.othersLink')}
            </Anchor>
          </Text>
          {kind !== undefined && (
            <Paper maw="28rem">
              <AddressForm
                hint={t('start.addressHint')}
                send={t('start.send')}
                ask={(to) =>
                  api.post<ChallengeView>('/v1/portal/requests', { ...to, kind } satisfies AnonymousBody)
                }
                onSent={setChallenge}
              />
            </Paper>
          )}
        </Stack>
      ) : (
        <Paper maw="28rem">
          <CodeForm challenge={challenge} onAgain={() => setChallenge(undefined)} />
        </Paper>
      )}
    </Page>
  );
}
