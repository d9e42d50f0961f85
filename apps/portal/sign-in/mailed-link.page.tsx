import { Button, Paper, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useSignIn } from '../api/session.js';
import { homeOf } from '../shell/navigation.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { takeFragment } from './fragment.js';

/** The link of a mail was opened. It is used up by a click only, since mail programs open links by themselves to look at them. */
export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [token] = useState(takeFragment);
  const enter = useSignIn<{ token: string }>('/v1/identity/links');
  return (
    <Page title={t('signIn.linkTitle')} width="form">
      <Paper>
        <Stack>
          <Text>{t(token === '' ? 'signIn.linkEmpty' : 'signIn.linkText')}</Text>
          {enter.isError && <ProblemNotice error={enter.error} />}
          {token === '' || enter.isError ? (
            <Button component={Link} to="/sign-in" variant="light">
              {t('signIn.again')}
            </Button>
          ) : (
            <Button
              loading={enter.isPending}
              onClick={() =>
                enter.mutate(
                  { token },
                  { onSuccess: (session) => void navigate(homeOf(session), { replace: true }) },
                )
              }
            >
              {t('signIn.goOn')}
            </Button>
          )}
        </Stack>
      </Paper>
    </Page>
  );
}
