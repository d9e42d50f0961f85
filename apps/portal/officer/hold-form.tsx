import { Button, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { HoldView, PlaceHoldBody } from '#libs/portal-contract';
import { useAnnounce } from '../ui/announcer.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { usePlaceHold } from './queries.js';

const REASONS = [
  'litigation',
  'authority-order',
  'fraud-investigation',
  'statutory-retention',
] as const satisfies readonly HoldView['reason'][];

interface HoldFormProps {
  /** The person of this request is meant; without one the form asks whom or what. */
  readonly requestId?: string;
  readonly onDone: () => void;
}

/** Places a legal hold: nothing of its person, or of its category, is destroyed until it is released. */
export function HoldForm({ requestId, onDone }: HoldFormProps) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const place = usePlaceHold();
  const [target, setTarget] = useState<'subject' | 'category'>('subject');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState<HoldView['reason']>('litigation');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const about: Omit<PlaceHoldBody, 'reason'> =
      requestId === undefined ? { [target]: value.trim() } : { requestId };
    place.mutate(
      { ...about, reason },
      {
        onSuccess: () => {
          announce(t('holds.placed'));
          onDone();
        },
      },
    );
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <Text>{t('holds.text')}</Text>
      {requestId === undefined && (
        <>
          <NativeSelect
            label={t('holds.target')}
            value={target}
            onChange={({ currentTarget }) =>
              setTarget(currentTarget.value === 'category' ? 'category' : 'subject')
            }
            data={(['subject', 'category'] as const).map((one) => ({
              value: one,
              label: t(`holds.targetKind.${one}`),
            }))}
          />
          <TextInput
            label={t(`holds.value.${target}`)}
            required
            maxLength={200}
            autoComplete="off"
            value={value}
            onChange={({ currentTarget }) => setValue(currentTarget.value)}
          />
        </>
      )}
      <NativeSelect
        label={t('holds.reason')}
        value={reason}
        onChange={({ currentTarget }) =>
          setReason(REASONS.find((known) => known === currentTarget.value) ?? 'litigation')
        }
        data={REASONS.map((known) => ({ value: known, label: t(`holds.reasonName.${known}`) }))}
      />
      {place.isError && <ProblemNotice error={place.error} />}
      <Button type="submit" loading={place.isPending}>
        {t('holds.place')}
      </Button>
    </Stack>
  );
}
