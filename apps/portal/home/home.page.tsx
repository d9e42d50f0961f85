import { Anchor, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, Navigate } from 'react-router';
import { usePortalConfig, useSession } from '../api/session.js';
import { homeOf } from '../shell/navigation.js';
import { LinkList } from '../ui/link-list.js';
import { Page } from '../ui/page.js';
import classes from './home.module.css';

const WAYS = [
  { to: '/sign-in?next=/me/consents', name: 'withdraw' },
  { to: '/sign-in?next=/me/history', name: 'history' },
  { to: '/start?kind=erasure', name: 'erasure' },
  { to: '/start?kind=access', name: 'access' },
  { to: '/sign-in?next=/me/requests/new', name: 'other' },
] as const;

/** Where everybody begins who has not signed in. */
export function Component() {
  const { t } = useTranslation();
  const session = useSession();
  const { controller } = usePortalConfig();
  if (session.kind !== 'none') return <Navigate to={homeOf(session)} replace />;
  return (
    <Page title={t('home.title')} lead={t('home.lead', { controller })} width="text">
      <LinkList
        links={WAYS.map(({ to, name }) => ({
          to,
          name: t(`home.ways.${name}.name`),
          text: t(`home.ways.${name}.text`),
        }))}
      />
      <section className={classes.already}>
        <Title order={2}>{t('home.already')}</Title>
        <Text>
          <Anchor component={Link} to="/follow">
            {t('home.follow')}
          </Anchor>
          {' · '}
          <Anchor component={Link} to="/verify">
            {t('home.verify')}
          </Anchor>
        </Text>
      </section>
      <section className={classes.already}>
        <Title order={2}>{t('home.how.title')}</Title>
        <ol className={classes.steps}>
          {(['ask', 'show', 'follow', 'keep'] as const).map((step) => (
            <li key={step}>
              <strong>{t(`home.how.${step}.name`)}</strong> {t(`home.how.${step}.text`)}
            </li>
          ))}
        </ol>
      </section>
    </Page>
  );
}
