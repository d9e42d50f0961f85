import { Button, Checkbox, Group, Modal, Paper, Stack, Switch, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ConsentView } from '#libs/portal-contract';
import { keepKeys } from '../receipt/key-ring.js';
import { makeReceiptKeys } from '../receipt/make-keys.js';
import { useFormat } from '../i18n/format.js';
import { useAnnounce } from '../ui/announcer.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import classes from './consents.module.css';
import { useMe, useSetConsent } from './queries.js';

/**
 * One switch for each purpose. To withdraw takes one click, with no question in between (Art. 7(3) GDPR: as easy as to give); to give takes two,
 * because whoever consents has to have read to what.
 */
export function Component() {
  const { t } = useTranslation();
  const me = useMe();
  const [wantsReceipt, setWantsReceipt] = useState(true);
  return (
    <Page title={t('consents.title')} lead={t('consents.lead')} width="text">
      <Loaded query={me}>
        {({ consents }) => (
          <Stack gap="sm">
            {consents.map((consent) => (
              <Consent key={consent.purpose} consent={consent} wantsReceipt={wantsReceipt} />
            ))}
            {consents.some(({ granted, records }) => granted && records > 0) && (
              <Checkbox
                checked={wantsReceipt}
                onChange={({ currentTarget }) => setWantsReceipt(currentTarget.checked)}
                label={t('consents.receipt')}
                description={t('submit.receiptText')}
              />
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

interface ConsentProps {
  readonly consent: ConsentView;
  /** Of what is unlearned when it is switched off. */
  readonly wantsReceipt: boolean;
}

function Consent({ consent, wantsReceipt }: ConsentProps) {
  const { t } = useTranslation();
  const { number, date } = useFormat();
  const announce = useAnnounce();
  const set = useDecision();
  const [isAsking, setAsking] = useState(false);
  const { purpose, title, granted, since, records } = consent;
  const decide = (next: boolean) => {
    setAsking(false);
    set.mutate(
      { purpose, granted: next, wantsReceipt: wantsReceipt && !next && records > 0 },
      { onSuccess: () => announce(t(next ? 'consents.given' : 'consents.withdrawn', { purpose: title })) },
    );
  };
  const when = since === undefined ? '' : date(since);
  return (
    <Paper component="section" className={classes.consent}>
      <div className={classes.words}>
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text size="sm" c="dimmed">
          {granted
            ? t('consents.on', { date: when, count: records, shown: number(records) })
            : t(since === undefined ? 'consents.never' : 'consents.off', { date: when })}
        </Text>
      </div>
      <Switch
        size="md"
        checked={granted}
        disabled={set.isPending}
        onChange={() => (granted ? decide(false) : setAsking(true))}
        aria-label={t('consents.switch', { purpose: title })}
      />
      {set.isError && <ProblemNotice error={set.error} />}
      {set.isSuccess && !granted && (
        <Text size="sm" className={classes.after}>
          {t('consents.after')}{' '}
          <Link
            to={set.data.requestId === undefined ? '/me/requests' : `/me/requests/${set.data.requestId}`}
            className={classes.link}
          >
            {t(set.data.requestId === undefined ? 'consents.afterLink' : 'consents.receiptLink')}
          </Link>
        </Text>
      )}
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t('consents.askTitle', { purpose: title })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text>{t('consents.askText', { purpose: title })}</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('common.cancel')}
          </Button>
          <Button onClick={() => decide(true)}>{t('consents.give')}</Button>
        </Group>
      </Modal>
    </Paper>
  );
}

interface Decision {
  readonly purpose: string;
  readonly granted: boolean;
  readonly wantsReceipt: boolean;
}

/** Sends the decision, with a key of the person's own where a receipt is wanted; the key is offered on the page of the request. */
function useDecision() {
  const set = useSetConsent();
  return useMutation({
    mutationFn: async ({ wantsReceipt, ...decision }: Decision): Promise<ConsentView> => {
      if (!wantsReceipt) return set.mutateAsync(decision);
      const receipt = await makeReceiptKeys();
      const wanted = { requestId: crypto.randomUUID(), receiptRecipient: receipt.recipient };
      const consent = await set.mutateAsync({ ...decision, ...wanted });
      if (consent.requestId !== undefined) keepKeys({ requestId: consent.requestId, receipt });
      return consent;
    },
  });
}
