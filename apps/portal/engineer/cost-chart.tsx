import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format.js';
import type { VersionPoint } from './version-cost.js';

/** Share of the records that each version was trained on again; the table beside it says the same. */
export default function CostChart({ points }: { readonly points: readonly VersionPoint[] }) {
  const { t } = useTranslation();
  const { percent } = useFormat();
  return (
    <div aria-hidden>
      <BarChart
        h={220}
        data={points.map(({ version, share }) => ({ version: `v${version}`, share: share ?? 0 }))}
        dataKey="version"
        barChartProps={{ accessibilityLayer: false }} // nothing in it takes the focus: the table is what is read
        series={[{ name: 'share', label: t('lines.column.share'), color: 'ink.5' }]}
        valueFormatter={percent}
        yAxisProps={{ domain: [0, 1], width: 56 }}
        barProps={{ isAnimationActive: false, maxBarSize: 42 }}
      />
    </div>
  );
}
