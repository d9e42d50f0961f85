import { Button, Divider, Paper, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useSearchParams } from 'react-router';
import type { LoginBody } from '#libs/portal-contract';
import { ApiError } from '../api/api-error.js';
import { usePortalConfig, useSession, useSignIn } from '../api/session.js';
import { nextAfterSignIn } from '../shell/navigation.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';

/** Members of staff sign in: with an account of this installation, or at the provider that it trusts. */
export function Component() {
  const { t } = useTranslation();
  const session = useSession();
  const { oidc } = usePortalConfig();
  const [search] = useSearchParams();
  if (session.kind === 'staff') return <Navigate to={nextAfterSignIn(session, search.get('next'))} replace />;
  return (
    <Page title={t('staff.title')} lead={t('staff.lead')} width="form">
      <Paper>
        <Stack>
          <RefusedAtProvider code={search.get('refused')} />
          {oidc !== undefined && (
            <>
              <Button component="a" href="/v1/session/oidc/start" variant="default">
                {t('staff.oidc', { provider: oidc.label })}
              </Button>
              <Divider label={t('staff.or')} />
            </>
          )}
          <LocalForm />
        </Stack>
      </Paper>
    </Page>
  );
}

/** Why the way over the identity provider led back here. @param code from the address of the page: anybody may have written it */
function RefusedAtProvider({ code }: { readonly code: string | null }) {
  const { t, i18n } = useTranslation();
  if (code === null) return null;
  const known = /^[A-Z_]+$/.test(code) && i18n.exists(`problem.${code}.title`) ? code : 'UNEXPECTED';
  return <ProblemNotice error={new ApiError(known, t('problem.UNEXPECTED.title'), 0)} />;
}

function LocalForm() {
  const { t } = useTranslation();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const login = useSignIn<LoginBody>('/v1/session/login');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ user: user.trim(), password });
  };
  return (
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
        <PasswordInput
          visibilityToggleButtonProps={{ 'aria-label': t('staff.showPassword') }}
          label={t('staff.password')}
          autoComplete="current-password"
          required
          maxLength={1024}
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        />
        {login.isError && <ProblemNotice error={login.error} />}
        <Button type="submit" loading={login.isPending}>
          {t('staff.signIn')}
        </Button>
      </Stack>
    </form>
  );
}
