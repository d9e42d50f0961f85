import { Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { ModelManifest } from '#libs/contracts';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { JsonBlock } from '../ui/json-block.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Panel } from '../ui/panel.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { Figure } from './figure.js';
import { useMeasurements } from './use-measurements.js';
import { figureOf } from './utility-points.js';

/** The manifest of a version: what it was made of, by digests. */
export function Component() {
  const { t } = useTranslation();
  const { line = '', version = '' } = useParams();
  const manifest = useQuery({
    queryKey: ['manifest', line, version],
    queryFn: () =>
      api.get<ModelManifest>(
        `/v1/models/${encodeURIComponent(line)}/versions/${encodeURIComponent(version)}/manifest`,
      ),
    staleTime: Infinity,
  });
  return (
    <Page
      title={t('ledger.versionOf', { line, version })}
      above={
        <Anchor component={Link} to={`/engine/lines?line=${encodeURIComponent(line)}`} size="sm">
          {t('lines.title')}
        </Anchor>
      }
    >
      <Loaded query={manifest}>{(found) => <Manifest manifest={found} />}</Loaded>
    </Page>
  );
}

/** What the twin of the version came to, where it was measured. */
function UtilityOf({ line, version }: { readonly line: string; readonly version: number }) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const measurements = useMeasurements(line);
  if (measurements.data === undefined) return null; // the manifest stands without it
  const measured = measurements.data.measured.find((one) => one.version === version);
  return (
    <Panel title={t('utility.title')}>
      <Facts
        of={[
          [
            t('utility.figure.hr10'),
            <Figure key="hr10" of={measured && figureOf(measured.overall, 'hr10')} />,
          ],
          [
            t('utility.figure.ndcg10'),
            <Figure key="ndcg10" of={measured && figureOf(measured.overall, 'ndcg10')} />,
          ],
          [t('utility.figure.activityGap'), <Figure key="gap" of={measured?.activityGap} />],
          [t('utility.shardVariance'), <Figure key="variance" of={measured?.shardVariance} />],
          [t('utility.measuredAt'), measured && dateTime(measured.measuredAt)],
        ]}
      />
      <Text size="sm" c="dimmed" mt="xs">
        {t(measured === undefined ? 'utility.dash' : 'utility.lead')}
      </Text>
    </Panel>
  );
}

function Manifest({ manifest }: { readonly manifest: ModelManifest }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const digest = (name: string, value: string) =>
    [name, <Digest key={name} value={value} of={name} shown={24} />] as const;
  const { aggregator, catalogue, partition, parent } = manifest;
  return (
    <Stack>
      <Panel title={t('version.manifest')}>
        <Facts
          of={[
            [t('statement.fact.partition'), `${partition.kind} × ${partition.shards}`],
            [t('statement.fact.aggregator'), aggregator.kind],
            [t('version.catalogue'), number(catalogue.count)],
            digest(t('version.catalogueRoot'), catalogue.root),
            digest(t('version.aggregatorDigest'), aggregator.digest),
            ...(parent === null ? [] : [digest(t('statement.fact.parent'), parent)]),
            digest(t('statement.fact.genesis'), manifest.genesisDigest),
            digest(t('statement.fact.code'), manifest.codeDigest),
            digest(t('statement.fact.kernel'), manifest.kernelDigest),
          ]}
        />
      </Panel>
      <UtilityOf line={manifest.line} version={manifest.version} />
      <section aria-labelledby="shards-title">
        <Title order={2} size="h3" id="shards-title" mb="xs">
          {t('replay.shards')}
        </Title>
        <TableFrame label={t('replay.shards')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('replay.shard')}</Table.Th>
              <Table.Th className={tableClasses.end}>{t('shards.records')}</Table.Th>
              <Table.Th>{t('shards.digest')}</Table.Th>
              <Table.Th className={tableClasses.wide}>{t('shards.datasetRoot')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {manifest.shards.map(({ shard, count, digest: file, datasetRoot }) => (
              <Table.Tr key={shard}>
                <Table.Td>{shard}</Table.Td>
                <Table.Td className={tableClasses.end}>{number(count)}</Table.Td>
                <Table.Td>
                  <Digest value={file} of={t('shards.digest')} shown={16} />
                </Table.Td>
                <Table.Td className={tableClasses.wide}>
                  <Digest value={datasetRoot} of={t('shards.datasetRoot')} shown={16} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </TableFrame>
      </section>
      <JsonBlock title={t('version.json')} value={manifest} />
    </Stack>
  );
}
