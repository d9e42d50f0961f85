import { Anchor, Button, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { ChallengeBody, ChallengeView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useSession } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { nextAfterSignIn } from '../shell/navigation.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
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
          <AddressForm onSent={setChallenge} />
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

function AddressForm({ onSent }: { readonly onSent: (challenge: ChallengeView) => void }) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const [address, setAddress] = useState('');
  const ask = useMutation({
    mutationFn: (body: ChallengeBody) => api.post<ChallengeView>('/v1/identity/challenges', body),
    onSuccess: onSent,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ address: address.trim(), locale });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t('signIn.address')}
          description={t('signIn.addressHint')}
          autoComplete="email"
          required
          maxLength={320}
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
        />
        {ask.isError && <ProblemNotice error={ask.error} />}
        <Button type="submit" loading={ask.isPending}>
          {t('signIn.send')}
        </Button>
      </Stack>
    </form>
  );
}
