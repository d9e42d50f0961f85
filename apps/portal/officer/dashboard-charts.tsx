import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { Paper, Table, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DashboardView, RequestKindView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { kindsReceived, receivedByMonth } from './dashboard-rows.js';
import classes from './dashboard.module.css';

const COLOURS: Record<RequestKindView, string> = {
  erasure: 'ink.8',
  withdrawal: 'ink.5',
  objection: 'teal.6',
  restriction: 'yellow.6',
  rectification: 'grape.5',
  access: 'gray.6',
  portability: 'gray.4',
};
const HEIGHT = 240;
const SEEN_ONLY = { accessibilityLayer: false }; // the table below says the same to everybody
const WHOLE = { allowDecimals: false };

/** Charts of the dashboard, each with its figures as a table. In a file of its own: the charts are loaded after the page. */
export default function DashboardCharts({ data }: { readonly data: DashboardView }) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const { months, secondsToCertificate } = data;
  const kinds = kindsReceived(months);
  const outcomes = ['completed', 'refused'] as const;
  const nameOf = (kind: RequestKindView) => t(`officer.kind.${kind}`);
  return (
    <div className={classes.charts}>
      <Chart
        title={t('dashboard.received')}
        head={[t('dashboard.month'), ...kinds.map(nameOf)]}
        rows={receivedByMonth(months).map((row) => [
          row.month,
          ...kinds.map((kind) => number(row[kind] ?? 0)),
        ])}
      >
        <BarChart
          h={HEIGHT}
          type="stacked"
          barChartProps={SEEN_ONLY}
          yAxisProps={WHOLE}
          dataKey="month"
          withLegend
          data={receivedByMonth(months)}
          series={kinds.map((kind) => ({ name: kind, label: nameOf(kind), color: COLOURS[kind] }))}
        />
      </Chart>
      <Chart
        title={t('dashboard.closed')}
        head={[
          t('dashboard.month'),
          ...outcomes.map((outcome) => t(`dashboard.${outcome}`)),
          t('dashboard.median'),
        ]}
        rows={months.map(({ month, completed, refused, medianDays }) => [
          month,
          number(completed),
          number(refused),
          medianDays === undefined ? '–' : number(medianDays, 1),
        ])}
      >
        <BarChart
          h={HEIGHT}
          barChartProps={SEEN_ONLY}
          yAxisProps={WHOLE}
          dataKey="month"
          withLegend
          data={[...months]}
          series={[
            { name: 'completed', label: t('dashboard.completed'), color: 'teal.7' },
            { name: 'refused', label: t('dashboard.refused'), color: 'gray.5' },
          ]}
        />
      </Chart>
      {secondsToCertificate.length > 1 && (
        <Chart
          title={t('dashboard.toCertificate')}
          head={[t('dashboard.when'), t('dashboard.seconds')]}
          rows={secondsToCertificate.map(({ at, seconds }) => [dateTime(at), number(seconds, 1)])}
        >
          <LineChart
            h={HEIGHT}
            lineChartProps={SEEN_ONLY}
            dataKey="at"
            curveType="linear"
            data={secondsToCertificate.map(({ at, seconds }) => ({ at: dateTime(at), seconds }))}
            series={[{ name: 'seconds', label: t('dashboard.seconds'), color: 'ink.6' }]}
          />
        </Chart>
      )}
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly children: ReactNode;
}

function Chart({ title, head, rows, children }: ChartProps) {
  const { t } = useTranslation();
  return (
    <Paper component="section" className={classes.chart}>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      <div aria-hidden>{children}</div>
      <details className={classes.table}>
        <summary>{t('dashboard.asTable')}</summary>
        <Table aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              {head.map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(([first, ...rest]) => (
              <Table.Tr key={first}>
                <Table.Th scope="row">{first}</Table.Th>
                {rest.map((cell, index) => (
                  <Table.Td key={head[index + 1]}>{cell}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
    </Paper>
  );
}
