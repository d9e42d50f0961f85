import { Anchor, Button, Paper, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { MeView } from '#libs/portal-contract';
import { usePortalConfig } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { inReadingOrder } from '../requests/progress.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import classes from './overview.module.css';
import { useMe, useRequests } from './queries.js';
import { RequestLinks } from './request-links.js';

/** What is held about a person, and what they can do about it. */
export function Component() {
  const { t } = useTranslation();
  const { controller } = usePortalConfig();
  const me = useMe();
  return (
    <Page title={t('me.title')} lead={t('me.lead', { controller })}>
      <Loaded query={me}>{(data) => <Summary me={data} />}</Loaded>
      <LatestRequests />
    </Page>
  );
}

function Summary({ me: { records, consents } }: { readonly me: MeView }) {
  const { t } = useTranslation();
  const { number, list } = useFormat();
  const granted = consents.filter((consent) => consent.granted).map(({ title }) => title);
  return (
    <div className={classes.cards}>
      <Card
        title={t('me.records.title')}
        figure={number(records)}
        text={t('me.records.text', { count: records })}
        action={
          <Button component={Link} to="/me/history" variant="light">
            {t('me.records.action')}
          </Button>
        }
      />
      <Card
        title={t('me.consents.title')}
        figure={t('me.consents.figure', { granted: number(granted.length), all: number(consents.length) })}
        text={
          granted.length === 0 ? t('me.consents.none') : t('me.consents.text', { purposes: list(granted) })
        }
        action={
          <Button component={Link} to="/me/consents" variant="light">
            {t('me.consents.action')}
          </Button>
        }
      />
      <Card
        title={t('me.ask.title')}
        text={t('me.ask.text')}
        action={
          <Button component={Link} to="/me/requests/new" variant="light">
            {t('me.ask.action')}
          </Button>
        }
      />
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly figure?: string;
  readonly text: string;
  readonly action: ReactNode;
}

function Card({ title, figure, text, action }: CardProps) {
  return (
    <Paper component="section" className={classes.card}>
      <Title order={2} size="h3">
        {title}
      </Title>
      {figure !== undefined && <div className={classes.figure}>{figure}</div>}
      <Text size="sm" c="dimmed" className={classes.text}>
        {text}
      </Text>
      <div>{action}</div>
    </Paper>
  );
}

function LatestRequests() {
  const { t } = useTranslation();
  const requests = useRequests();
  return (
    <section className={classes.latest}>
      <Title order={2} mb="sm">
        {t('me.latest')}
      </Title>
      <Loaded query={requests}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{t('me.noRequests')}</Text>
          ) : (
            <>
              <RequestLinks requests={inReadingOrder(all).slice(0, 3)} />
              {all.length > 3 && (
                <Anchor component={Link} to="/me/requests" size="sm" mt="sm" display="inline-block">
                  {t('me.allRequests')}
                </Anchor>
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}
