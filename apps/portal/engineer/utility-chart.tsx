import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { useTranslation } from 'react-i18next';
import { ErrorBar } from 'recharts';
import { useFormat } from '../i18n/format.js';
import { FIGURES, type FigureName, type UtilityPoint } from './utility-points.js';

const COLOURS: Record<FigureName, string> = { hr10: 'ink.5', ndcg10: 'teal.6', activityGap: 'grape.5' };

/** Utility and fairness over versions, with intervals; the table beside it says the same. */
export default function UtilityChart({ points }: { readonly points: readonly UtilityPoint[] }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <div aria-hidden>
      <LineChart
        h={260}
        data={points.map(({ version, ...figures }) => ({ version: `v${version}`, ...figures }))}
        dataKey="version"
        withLegend
        connectNulls
        curveType="linear"
        lineChartProps={{ accessibilityLayer: false }} // nothing in it takes the focus: the table is what is read
        series={FIGURES.filter((name) => points.some((point) => point[name] !== undefined)).map((name) => ({
          name,
          label: t(`utility.figure.${name}`),
          color: COLOURS[name],
        }))}
        valueFormatter={(value) => number(value, 6)}
        yAxisProps={{ width: 56 }}
        xAxisProps={{ padding: { left: 24, right: 24 } }}
        lineProps={({ name }) => ({
          isAnimationActive: false,
          children: (
            <ErrorBar
              dataKey={`${name}Half`}
              width={5}
              strokeWidth={1.5}
              stroke={`var(--mantine-color-${COLOURS[name as FigureName].replace('.', '-')})`}
              isAnimationActive={false}
            />
          ),
        })}
      />
    </div>
  );
}
