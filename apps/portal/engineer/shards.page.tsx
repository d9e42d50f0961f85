import { SegmentedControl, Select, Stack, Table, Text, Title } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { ShardView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Digest } from '../ui/digest.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { HEAT_BY, heatOf, type HeatBy } from './heat.js';
import classes from './shards.module.css';
import { useLines } from './use-lines.js';

/** Shards of the version that serves: records, when each was rebuilt, what is out of use. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const lines = useLines();
  const names = lines.data?.map(({ genesis }) => genesis.line) ?? [];
  const line = names.find((name) => name === address.get('line')) ?? names.at(-1);
  const by = HEAT_BY.find((known) => known === address.get('by')) ?? 'records';
  const shards = useQuery({
    queryKey: ['shards', line],
    queryFn:
      line === undefined ? skipToken : () => api.get<readonly ShardView[]>('/v1/engine/shards', { line }),
  });
  const change = (changed: Record<string, string>): void =>
    setAddress({ ...Object.fromEntries(address), ...changed }, { replace: true });
  return (
    <Page title={t('shards.title')} lead={t('shards.lead')}>
      <Loaded query={lines}>
        {() =>
          line === undefined ? (
            <Empty title={t('lines.none')}>{t('lines.noneText')}</Empty>
          ) : (
            <Stack>
              {names.length > 1 && (
                <Select
                  w={240}
                  label={t('shards.line')}
                  data={names}
                  value={line}
                  allowDeselect={false}
                  onChange={(name) => name !== null && change({ line: name })}
                />
              )}
              <Loaded query={shards}>
                {(found) =>
                  found.length === 0 ? (
                    <Empty title={t('lines.noVersion')}>{t('lines.noVersionText')}</Empty>
                  ) : (
                    <Shards shards={found} by={by} onChange={(next) => change({ by: next })} />
                  )
                }
              </Loaded>
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

interface ShardsProps {
  readonly shards: readonly ShardView[];
  readonly by: HeatBy;
  readonly onChange: (by: HeatBy) => void;
}

function Shards({ shards, by, onChange }: ShardsProps) {
  const { t } = useTranslation();
  const { number, dateTime } = useFormat();
  const heat = heatOf(shards, by);
  const shown = (shard: ShardView): string => {
    switch (by) {
      case 'records':
        return number(shard.records);
      case 'rebuilt':
        return t('shards.inVersion', { version: shard.lastRebuiltVersion });
      case 'quarantined':
        return number(shard.quarantined);
      default:
        return by satisfies never;
    }
  };
  return (
    <>
      <div>
        <SegmentedControl
          aria-label={t('shards.by')}
          value={by}
          data={HEAT_BY.map((value) => ({ value, label: t(`shards.${value}`) }))}
          onChange={onChange}
        />
        <ul className={classes.map} aria-label={t('shards.map', { by: t(`shards.${by}`) })}>
          {shards.map((shard, at) => (
            <li key={shard.shard} data-heat={heat[at]} data-kind={by}>
              <span className={classes.name}>{t('lineage.shard', { shard: shard.shard })}</span>
              <span className={classes.value}>{shown(shard)}</span>
            </li>
          ))}
        </ul>
        <Text size="sm" c="dimmed">
          {t(`shards.meaning.${by}`)}
        </Text>
      </div>
      <section aria-labelledby="table-title">
        <Title order={2} size="h3" id="table-title" mb="xs">
          {t('shards.table')}
        </Title>
        <TableFrame label={t('shards.table')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('replay.shard')}</Table.Th>
              <Table.Th className={tableClasses.end}>{t('shards.records')}</Table.Th>
              <Table.Th className={tableClasses.end}>{t('shards.quarantined')}</Table.Th>
              <Table.Th className={tableClasses.end}>{t('shards.rebuilt')}</Table.Th>
              <Table.Th className={tableClasses.wide}>{t('shards.digest')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shards.map((shard) => (
              <Table.Tr key={shard.shard}>
                <Table.Td>{shard.shard}</Table.Td>
                <Table.Td className={tableClasses.end}>{number(shard.records)}</Table.Td>
                <Table.Td className={tableClasses.end}>{number(shard.quarantined)}</Table.Td>
                <Table.Td className={tableClasses.end}>
                  {t('shards.inVersion', { version: shard.lastRebuiltVersion })},{' '}
                  <time dateTime={shard.lastRebuiltAt}>{dateTime(shard.lastRebuiltAt)}</time>
                </Table.Td>
                <Table.Td className={tableClasses.wide}>
                  <Digest value={shard.digest} of={t('shards.digest')} shown={16} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </TableFrame>
      </section>
    </>
  );
}
