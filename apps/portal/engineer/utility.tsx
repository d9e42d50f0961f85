import { Alert, Button, Group, Progress, Skeleton, Stack, Table, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { UtilityFigure, Withheld } from '#libs/contracts';
import type { MeasuredVersion, MeasurementsView, VersionView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Panel } from '../ui/panel.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { useWordsOf } from '../ui/use-problem-words.js';
import { Figure } from './figure.js';
import { useMeasurements, useMeasuring } from './use-measurements.js';
import { figureOf, utilityPoints } from './utility-points.js';
import { servingVersion } from './version-cost.js';

const UtilityChart = lazy(() => import('./utility-chart.js'));

interface UtilityProps {
  readonly line: string;
  readonly versions: readonly VersionView[];
}

/** How useful versions are, by twins, over versions; and the way to measure the one that serves. */
export function Utility({ line, versions }: UtilityProps) {
  const { t } = useTranslation();
  const measurements = useMeasurements(line);
  return (
    <Panel title={t('utility.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('utility.lead')}
      </Text>
      <Loaded query={measurements}>
        {(view) => (
          <Stack>
            {view.measured.length === 0 ? (
              <Empty title={t('utility.none')}>{t('utility.noneText')}</Empty>
            ) : (
              <Measured measured={view.measured} versions={versions} />
            )}
            <Now view={view} serving={servingVersion(versions)} />
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

interface NowProps {
  readonly view: MeasurementsView;
  readonly serving: number | undefined;
}

/** What is being measured, what came to nothing, and the button. */
function Now({ view: { line, measured, running, refused }, serving }: NowProps) {
  const { t } = useTranslation();
  const isMeasured = measured.some(({ version }) => version === serving);
  const start = useMeasuring('start', line);
  if (running !== undefined) return <Running running={running} />;
  return (
    <>
      {refused !== undefined && <Refused refused={refused} />}
      {start.isError && <ProblemNotice error={start.error} />}
      {serving !== undefined && !isMeasured && (
        <Group>
          <Button variant="default" loading={start.isPending} onClick={() => start.mutate(serving)}>
            {t('utility.measure', { version: serving })}
          </Button>
        </Group>
      )}
    </>
  );
}

function Running({ running }: { readonly running: NonNullable<MeasurementsView['running']> }) {
  const { t } = useTranslation();
  const { line, version, progress } = running;
  const cancel = useMeasuring('cancel', line);
  const share =
    progress.stage === 'training' ? progress.done / progress.of : progress.stage === 'reading' ? 0 : 1;
  const words =
    progress.stage === 'training'
      ? t('utility.stage.training', { done: progress.done, of: progress.of })
      : t(`utility.stage.${progress.stage}`);
  return (
    <Stack gap="sm">
      <div aria-live="polite">
        <Text size="sm" mb={4}>
          {t('ledger.versionOf', { line, version })}: {words}
        </Text>
        <Progress value={share * 100} aria-label={t('utility.progress')} animated />
      </div>
      {cancel.isError && <ProblemNotice error={cancel.error} />}
      <Group>
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(version)}>
          {t('utility.cancel')}
        </Button>
      </Group>
    </Stack>
  );
}

function Refused({ refused }: { readonly refused: NonNullable<MeasurementsView['refused']> }) {
  const { t } = useTranslation();
  const { version, code, title, nextStep } = refused;
  const words = useWordsOf({ code, message: title, nextStep });
  return (
    <Alert color="yellow" title={t('utility.refused', { version })}>
      <Text size="sm">{words.title}</Text>
      {words.nextStep !== undefined && <Text size="sm">{words.nextStep}</Text>}
      <Text size="xs" c="dimmed" mt={4} className="mono">
        {code}
      </Text>
    </Alert>
  );
}

interface MeasuredProps {
  readonly measured: readonly MeasuredVersion[];
  readonly versions: readonly VersionView[];
}

function Measured({ measured, versions }: MeasuredProps) {
  const { t } = useTranslation();
  const { number, dateTime } = useFormat();
  const points = utilityPoints(versions, measured);
  const isDrawn = points.some(({ hr10 }) => hr10 !== undefined);
  return (
    <>
      {isDrawn && (
        <div>
          <Suspense fallback={<Skeleton height={260} />}>
            <UtilityChart points={points} />
          </Suspense>
          <Text size="sm" c="dimmed" mt="sm">
            {t('utility.chartText')}
          </Text>
        </div>
      )}
      <TableFrame label={t('utility.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('lines.column.version')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('utility.figure.hr10')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('utility.figure.ndcg10')}</Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>{t('utility.warm')}</Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>{t('utility.cold')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('utility.figure.activityGap')}</Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('utility.shardVariance')}
            </Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>{t('utility.tested')}</Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('utility.measuredAt')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {measured.toReversed().map((one) => (
            <Table.Tr key={one.version}>
              <Table.Td>{one.version}</Table.Td>
              <Cell of={figureOf(one.overall, 'hr10')} />
              <Cell of={figureOf(one.overall, 'ndcg10')} />
              <Cell of={figureOf(one.warm, 'hr10')} isWide />
              <Cell of={figureOf(one.cold, 'hr10')} isWide />
              <Cell of={one.activityGap} />
              <Cell of={one.shardVariance} isWide />
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                {one.tested !== undefined && t('utility.andMore', { people: number(one.tested) })}
              </Table.Td>
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                <time dateTime={one.measuredAt}>{dateTime(one.measuredAt)}</time>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableFrame>
    </>
  );
}

interface CellProps {
  readonly of: UtilityFigure | Withheld;
  /** Left out where there is little room. */
  readonly isWide?: boolean;
}

function Cell({ of, isWide = false }: CellProps) {
  return (
    <Table.Td className={isWide ? `${tableClasses.end} ${tableClasses.wide}` : tableClasses.end}>
      <Figure of={of} />
    </Table.Td>
  );
}
