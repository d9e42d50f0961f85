import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format.js';
import type { VersionPoint } from './version-cost.js';

/** Utility and fairness over the versions that were measured; the table beside it says the same. */
export default function UtilityChart({ points }: { readonly points: readonly VersionPoint[] }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <div aria-hidden>
      <LineChart
        h={240}
        data={points.map(({ version, ...measures }) => ({ ...measures, version: `v${version}` }))}
        dataKey="version"
        lineChartProps={{ accessibilityLayer: false }} // nothing in it takes the focus: the table is what is read
        withLegend
        connectNulls
        series={[
          { name: 'ndcg10', label: t('lines.measure.ndcg10'), color: 'ink.5' },
          { name: 'hr10', label: t('lines.measure.hr10'), color: 'teal.6' },
          { name: 'aIgf', label: t('lines.measure.aIgf'), color: 'orange.6' },
          { name: 'shardGf', label: t('lines.measure.shardGf'), color: 'grape.6' },
        ]}
        valueFormatter={(value) => number(value, 4)}
        lineProps={{ isAnimationActive: false }}
      />
    </div>
  );
}
