import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChallengeBody, ChallengeView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { ProblemNotice } from '../ui/problem-notice.js';

interface AddressFormProps {
  readonly hint: string;
  /** On the button. */
  readonly send: string;
  readonly ask: (to: ChallengeBody) => Promise<ChallengeView>;
  readonly onSent: (challenge: ChallengeView) => void;
}

/** The address that a code is mailed to. */
export function AddressForm({ hint, send, ask, onSent }: AddressFormProps) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const [address, setAddress] = useState('');
  const asking = useMutation({ mutationFn: ask, onSuccess: onSent });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    asking.mutate({ address: address.trim(), locale });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t('signIn.address')}
          description={hint}
          autoComplete="email"
          required
          maxLength={320}
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
        />
        {asking.isError && <ProblemNotice error={asking.error} />}
        <Button type="submit" loading={asking.isPending}>
          {send}
        </Button>
      </Stack>
    </form>
  );
}
