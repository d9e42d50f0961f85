import { Anchor, Badge, Paper, SegmentedControl, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { ModelLineState } from '#libs/erasure';
import type { MeasuredVersion, VersionView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Digest } from '../ui/digest.js';
import { Empty } from '../ui/empty.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Panel } from '../ui/panel.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { Figure } from './figure.js';
import classes from './lines.module.css';
import { useLines } from './use-lines.js';
import { useMeasurements } from './use-measurements.js';
import { figureOf } from './utility-points.js';
import { Utility } from './utility.js';
import { pointsOf, servingVersion, unlearningCost } from './version-cost.js';

const CostChart = lazy(() => import('./cost-chart.js'));

/** Model lines: what each was fixed to at its beginning, its versions, and what they have cost. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const lines = useLines();
  return (
    <Page title={t('lines.title')} lead={t('lines.lead')}>
      <Loaded query={lines}>
        {(found) => {
          const line = found.find(({ genesis }) => genesis.line === address.get('line')) ?? found.at(-1);
          if (line === undefined) return <Empty title={t('lines.none')}>{t('lines.noneText')}</Empty>;
          return (
            <Stack>
              {found.length > 1 && (
                <SegmentedControl
                  aria-label={t('lines.title')}
                  value={line.genesis.line}
                  data={found.map(({ genesis }) => genesis.line)}
                  onChange={(name) => setAddress({ line: name })}
                />
              )}
              <Line line={line} />
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Line({ line }: { readonly line: ModelLineState }) {
  const { t } = useTranslation();
  const name = line.genesis.line;
  const history = useQuery({
    queryKey: ['history', name],
    queryFn: () => api.get<readonly VersionView[]>(`/v1/models/${encodeURIComponent(name)}/history`),
  });
  return (
    <Stack>
      <Loaded query={history}>
        {(versions) =>
          versions.length === 0 ? (
            <Empty title={t('lines.noVersion')}>{t('lines.noVersionText')}</Empty>
          ) : (
            <>
              <Cost versions={versions} />
              <Utility line={name} versions={versions} />
              <Versions line={name} versions={versions} />
            </>
          )
        }
      </Loaded>
      <Genesis line={line} />
    </Stack>
  );
}

function Cost({ versions }: { readonly versions: readonly VersionView[] }) {
  const { t } = useTranslation();
  const { number, percent, duration } = useFormat();
  const cost = unlearningCost(versions);
  return (
    <Paper component="section" aria-labelledby="cost-title">
      <Title order={2} size="h3" id="cost-title" mb="sm">
        {t('lines.cost')}
      </Title>
      <dl className={classes.figures}>
        <NamedFigure name={t('lines.unlearned')} value={number(cost.versions)} />
        <NamedFigure name={t('lines.requests')} value={number(cost.requests)} />
        {cost.medianSeconds !== undefined && (
          <NamedFigure name={t('lines.median')} value={duration(cost.medianSeconds)} />
        )}
        {cost.share !== undefined && <NamedFigure name={t('lines.share')} value={percent(cost.share)} />}
      </dl>
      <Suspense fallback={<Skeleton height={220} mt="md" />}>
        <CostChart points={pointsOf(versions)} />
      </Suspense>
      <Text size="sm" c="dimmed" mt="sm">
        {t('lines.chartText')}
      </Text>
    </Paper>
  );
}

function NamedFigure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface VersionsProps {
  readonly line: string;
  readonly versions: readonly VersionView[];
}

function Versions({ line, versions }: VersionsProps) {
  const { t } = useTranslation();
  const { dateTime, number, percent, duration } = useFormat();
  const serving = servingVersion(versions);
  const measured = useMeasurements(line).data?.measured;
  return (
    <section aria-labelledby="versions-title">
      <Title order={2} size="h3" id="versions-title" mb="xs">
        {t('lines.versions')}
      </Title>
      <TableFrame label={t('lines.versions')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('lines.column.version')}</Table.Th>
            <Table.Th>{t('lines.column.reason')}</Table.Th>
            <Table.Th>{t('lines.column.state')}</Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('lines.column.records')}
            </Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('utility.figure.hr10')}
            </Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('lines.column.shards')}
            </Table.Th>
            <Table.Th className={tableClasses.end}>{t('lines.column.seconds')}</Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('lines.column.share')}
            </Table.Th>
            <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>
              {t('lines.column.published')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.toReversed().map((version) => (
            <Table.Tr key={version.version}>
              <Table.Td>
                <Anchor
                  inherit
                  component={Link}
                  to={`/engine/lines/${encodeURIComponent(line)}/versions/${version.version}`}
                >
                  {version.version}
                </Anchor>
              </Table.Td>
              <Table.Td>
                {t(`lines.reason.${version.reason}`)}
                {version.requests.length > 0 && (
                  <span className={tableClasses.muted}>
                    {' '}
                    ({t('lines.requestCount', { count: version.requests.length })})
                  </span>
                )}
              </Table.Td>
              <Table.Td>
                {version.version === serving ? (
                  <Badge color="green">{t('lines.serves')}</Badge>
                ) : (
                  version.revokedAt !== undefined && <Badge color="gray">{t('lines.revoked')}</Badge>
                )}
              </Table.Td>
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                {number(version.records)}
              </Table.Td>
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                {measured !== undefined && <HitRate of={measured} version={version.version} />}
              </Table.Td>
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                {t('lines.ofShards', { rebuilt: version.shardsRebuilt, of: version.ofShards })}
              </Table.Td>
              <Table.Td className={tableClasses.end}>
                {version.seconds !== undefined && duration(version.seconds)}
              </Table.Td>
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                {version.shareOfRetraining !== undefined && percent(version.shareOfRetraining)}
              </Table.Td>
              <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
                <time dateTime={version.publishedAt}>{dateTime(version.publishedAt)}</time>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableFrame>
      {measured !== undefined && measured.length < versions.length && (
        <Text size="sm" c="dimmed" mt="xs" visibleFrom="sm">
          {t('utility.dash')}
        </Text>
      )}
    </section>
  );
}

interface HitRateProps {
  readonly of: readonly MeasuredVersion[];
  readonly version: number;
}

/** HR@10 of a version's twin; a dash where it was not measured. */
function HitRate({ of: measured, version }: HitRateProps) {
  const overall = measured.find((one) => one.version === version)?.overall;
  return <Figure of={overall && figureOf(overall, 'hr10')} />;
}

function Genesis({ line: { genesis, genesisDigest } }: { readonly line: ModelLineState }) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const { config } = genesis;
  return (
    <Panel title={t('lines.genesis')}>
      <Facts
        of={[
          [t('statement.fact.created'), dateTime(genesis.createdAt)],
          [t('statement.fact.subModel'), config.subModel.kind],
          [t('statement.fact.aggregator'), config.aggregator.kind],
          [t('statement.fact.partition'), `${config.partition.kind} × ${config.partition.shards}`],
          [t('lines.purpose'), config.purpose],
          [t('statement.fact.arithmetic'), genesis.numericProfile],
          [
            t('statement.fact.genesis'),
            <Digest key="g" value={genesisDigest} of={t('statement.fact.genesis')} shown={24} />,
          ],
          [
            t('statement.fact.seed'),
            <Digest key="s" value={genesis.seed} of={t('statement.fact.seed')} shown={24} />,
          ],
          [
            t('statement.fact.config'),
            <Digest key="c" value={genesis.configDigest} of={t('statement.fact.config')} shown={24} />,
          ],
          [
            t('statement.fact.code'),
            <Digest key="d" value={genesis.codeDigest} of={t('statement.fact.code')} shown={24} />,
          ],
        ]}
      />
    </Panel>
  );
}
