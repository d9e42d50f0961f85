import { Anchor, NativeSelect, Paper, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { usePortalConfig } from '../api/session.js';
import { Page } from '../ui/page.js';
import { KindChoice } from './kind-choice.js';
import { askedKind, KINDS } from './request-kinds.js';
import { SubmitRequest } from './submit-request.js';

/** A person who is signed in makes a request. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const kind = askedKind(address.get('kind'), KINDS);
  return (
    <Page title={t('newRequest.title')} lead={t('newRequest.lead')} width="text">
      <Stack gap="lg">
        <KindChoice
          kinds={KINDS}
          kind={kind}
          onChange={(next) => setAddress({ kind: next }, { replace: true })}
        />
        <Text size="sm" c="dimmed">
          {t('newRequest.partly')}{' '}
          <Anchor component={Link} to="/me/history" size="sm">
            {t('newRequest.partlyLink')}
          </Anchor>
        </Text>
        {kind !== undefined && (
          <Paper component="section" aria-label={t('preview.title')}>
            {kind === 'objection' ? <Objection /> : <SubmitRequest key={kind} kind={kind} />}
          </Paper>
        )}
      </Stack>
    </Page>
  );
}

/** An objection is to a purpose; where there is only one, that is meant. */
function Objection() {
  const { t } = useTranslation();
  const { purposes } = usePortalConfig();
  const [purpose, setPurpose] = useState(purposes[0].id);
  return (
    <Stack>
      {purposes.length > 1 && (
        <NativeSelect
          label={t('newRequest.objectTo')}
          value={purpose}
          onChange={({ currentTarget }) => setPurpose(currentTarget.value)}
          data={purposes.map(({ id, title }) => ({ value: id, label: title }))}
        />
      )}
      <SubmitRequest key={purpose} kind="objection" scope={{ purpose }} />
    </Stack>
  );
}
