import { Anchor, Paper, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
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
            <SubmitRequest key={kind} kind={kind} />
          </Paper>
        )}
      </Stack>
    </Page>
  );
}
