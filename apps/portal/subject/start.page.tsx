import { Anchor, Button, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { AnonymousBody, ChallengeView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useSession } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { homeOf } from '../shell/navigation.js';
import { CodeForm } from '../sign-in/code-form.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
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
          {kind !== undefined && <AskForm kind={kind} onSent={setChallenge} />}
        </Stack>
      ) : (
        <Paper maw="28rem">
          <CodeForm challenge={challenge} onAgain={() => setChallenge(undefined)} />
        </Paper>
      )}
    </Page>
  );
}

interface AskFormProps {
  readonly kind: (typeof ANONYMOUS_KINDS)[number];
  readonly onSent: (challenge: ChallengeView) => void;
}

function AskForm({ kind, onSent }: AskFormProps) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const [address, setAddress] = useState('');
  const ask = useMutation({
    mutationFn: (body: AnonymousBody) => api.post<ChallengeView>('/v1/portal/requests', body),
    onSuccess: onSent,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ address: address.trim(), locale, kind });
  };
  return (
    <Paper component="form" onSubmit={submit} maw="28rem">
      <Stack>
        <TextInput
          label={t('signIn.address')}
          description={t('start.addressHint')}
          autoComplete="email"
          required
          maxLength={320}
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
        />
        {ask.isError && <ProblemNotice error={ask.error} />}
        <Button type="submit" loading={ask.isPending}>
          {t('start.send')}
        </Button>
      </Stack>
    </Paper>
  );
}
