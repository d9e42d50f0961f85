import { Button, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { SetUpBody } from '#libs/portal-contract';
import { useSignIn } from '../api/session.js';
import { homeOf } from '../shell/navigation.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { takeFragment } from './fragment.js';
import { NewPassword } from './new-password.js';
import { isLongEnough } from './password-rules.js';

/** Whoever was given a set-up link chooses a name and a password. */
export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [token] = useState(takeFragment);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const setUp = useSignIn<SetUpBody>('/v1/session/setup');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setUp.mutate(
      { token, user: user.trim(), password },
      { onSuccess: (session) => void navigate(homeOf(session), { replace: true }) },
    );
  };
  return (
    <Page title={t('staff.setUpTitle')} lead={t('staff.setUpLead')} width="form">
      <Paper>
        {token === '' ? (
          <Text>{t('staff.setUpEmpty')}</Text>
        ) : (
          <form onSubmit={submit}>
            <Stack>
              <TextInput
                label={t('staff.user')}
                autoComplete="username"
                required
                maxLength={128}
                value={user}
                onChange={({ currentTarget }) => setUser(currentTarget.value)}
              />
              <NewPassword value={password} onChange={setPassword} />
              {setUp.isError && <ProblemNotice error={setUp.error} />}
              <Button type="submit" loading={setUp.isPending} disabled={!isLongEnough(password)}>
                {t('staff.setUp')}
              </Button>
            </Stack>
          </form>
        )}
      </Paper>
    </Page>
  );
}
