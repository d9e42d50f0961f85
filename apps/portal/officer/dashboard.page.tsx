import { Paper, Skeleton, Title } from '@mantine/core';
import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DashboardView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import classes from './dashboard.module.css';
import { useDashboard } from './queries.js';
import { LIGHTS } from './queue-filter.js';

const Charts = lazy(() => import('./dashboard-charts.js'));

/** How the requests stand: what is open, how long it takes, what comes in. */
export function Component() {
  const { t } = useTranslation();
  const dashboard = useDashboard();
  return (
    <Page title={t('dashboard.title')} lead={t('dashboard.lead')}>
      <Loaded query={dashboard}>
        {(data) => (
          <div className={classes.dashboard}>
            <Figures data={data} />
            <Suspense fallback={<Skeleton height={320} />}>
              <Charts data={data} />
            </Suspense>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Figures({
  data: { openByLight, daysToComplete, secondsToCertificate },
}: {
  readonly data: DashboardView;
}) {
  const { t } = useTranslation();
  const { number, duration } = useFormat();
  const latest = secondsToCertificate.at(-1);
  const days = (value: number | undefined): string =>
    value === undefined
      ? t('dashboard.notYet')
      : t('dashboard.days', { count: value, shown: number(value, 1) });
  return (
    <div className={classes.rows}>
      <div className={classes.figures}>
        {LIGHTS.map((light) => (
          <Figure
            key={light}
            label={t(`officer.light.${light}`)}
            to={`/officer/requests?light=${light}`}
            light={light}
          >
            {number(openByLight[light])}
          </Figure>
        ))}
      </div>
      <div className={classes.figures}>
        <Figure label={t('dashboard.median')}>{days(daysToComplete.p50)}</Figure>
        <Figure label={t('dashboard.p90')}>{days(daysToComplete.p90)}</Figure>
        <Figure label={t('dashboard.latestCertificate')}>
          {latest === undefined ? t('dashboard.notYet') : duration(latest.seconds)}
        </Figure>
      </div>
    </div>
  );
}

interface FigureProps {
  readonly label: string;
  readonly to?: string;
  readonly light?: string;
  readonly children: ReactNode;
}

function Figure({ label, to, light, children }: FigureProps) {
  return (
    <Paper className={classes.figure} data-light={light}>
      <Title order={2} size="sm" fw={500} c="dimmed">
        {to === undefined ? label : <Link to={to}>{label}</Link>}
      </Title>
      <div className={classes.value}>{children}</div>
    </Paper>
  );
}
