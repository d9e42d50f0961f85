import { Button, Paper, PasswordInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PasswordBody, SessionView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { queryClient, SESSION_KEY } from '../api/query-client.js';
import { useAnnounce } from '../ui/announcer.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { NewPassword } from './new-password.js';
import { isLongEnough } from './password-rules.js';

/** A member of staff takes another password, which ends every other session of the account. */
export function Component() {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: (body: PasswordBody) => api.post<SessionView>('/v1/session/password', body),
    onSuccess: (session) => {
      queryClient.setQueryData(SESSION_KEY, session);
      setCurrent('');
      setNext('');
      announce(t('staff.passwordChanged'));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ current, next });
  };
  return (
    <Page title={t('staff.passwordTitle')} lead={t('staff.passwordLead')} width="form">
      <Paper>
        <form onSubmit={submit}>
          <Stack>
            <PasswordInput
              visibilityToggleButtonProps={{ 'aria-label': t('staff.showPassword') }}
              label={t('staff.currentPassword')}
              autoComplete="current-password"
              required
              maxLength={1024}
              value={current}
              onChange={({ currentTarget }) => setCurrent(currentTarget.value)}
            />
            <NewPassword value={next} onChange={setNext} />
            {change.isError && <ProblemNotice error={change.error} />}
            <Button type="submit" loading={change.isPending} disabled={!isLongEnough(next)}>
              {t('staff.changePassword')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
