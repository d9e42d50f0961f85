import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChallengeAnswerBody, ChallengeView } from '#libs/portal-contract';
import { useSignIn } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { ProblemNotice } from '../ui/problem-notice.js';

interface CodeFormProps {
  readonly challenge: ChallengeView;
  readonly onAgain: () => void;
}

/** Asks for the code of a mail. Nothing here tells whether the address was known, since nobody who guesses may learn it. */
export function CodeForm({ challenge, onAgain }: CodeFormProps) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const [code, setCode] = useState('');
  const answer = useSignIn<ChallengeAnswerBody>(
    `/v1/identity/challenges/${encodeURIComponent(challenge.challengeId)}/answer`,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer.mutate({ code: code.replace(/\s/g, '') });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>{t('signIn.sent', { until: time(challenge.expiresAt) })}</Text>
        <TextInput
          label={t('signIn.code')}
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          autoFocus
          maxLength={32}
          value={code}
          onChange={({ currentTarget }) => setCode(currentTarget.value)}
        />
        {answer.isError && <ProblemNotice error={answer.error} />}
        <Button type="submit" loading={answer.isPending}>
          {t('signIn.goOn')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onAgain}>
          {t('signIn.again')}
        </Button>
      </Stack>
    </form>
  );
}
