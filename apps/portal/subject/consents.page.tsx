import { Button, Group, Modal, Paper, Stack, Switch, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ConsentView } from '#libs/portal-contract';
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
  return (
    <Page title={t('consents.title')} lead={t('consents.lead')} width="text">
      <Loaded query={me}>
        {({ consents }) => (
          <Stack gap="sm">
            {consents.map((consent) => (
              <Consent key={consent.purpose} consent={consent} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Consent({ consent }: { readonly consent: ConsentView }) {
  const { t } = useTranslation();
  const { number, date } = useFormat();
  const announce = useAnnounce();
  const set = useSetConsent();
  const [isAsking, setAsking] = useState(false);
  const { purpose, title, granted, since, records } = consent;
  const decide = (next: boolean) => {
    setAsking(false);
    set.mutate(
      { purpose, granted: next },
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
          <Link to="/me/requests" className={classes.link}>
            {t('consents.afterLink')}
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
