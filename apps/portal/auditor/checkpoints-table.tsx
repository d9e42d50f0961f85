import { Anchor, Badge, Radio, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { CheckpointView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import type { ComparedSizes } from './compared-sizes.js';

interface CheckpointsTableProps {
  readonly checkpoints: readonly CheckpointView[];
  readonly isStale: boolean;
  readonly sizes: ComparedSizes;
  readonly onChoose: (sizes: ComparedSizes) => void;
}

/** Checkpoints, newest first; two of them can be chosen to be compared. */
export function CheckpointsTable({ checkpoints, isStale, sizes, onChoose }: CheckpointsTableProps) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  return (
    <TableFrame label={t('checkpoints.title')} isStale={isStale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={72}>{t('checkpoints.older')}</Table.Th>
          <Table.Th w={72}>{t('checkpoints.newer')}</Table.Th>
          <Table.Th>{t('checkpoints.size')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('checkpoints.root')}</Table.Th>
          <Table.Th>{t('checkpoints.witnesses')}</Table.Th>
          <Table.Th className={tableClasses.end}>{t('checkpoints.at')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {checkpoints.map((checkpoint) => (
          <Table.Tr key={checkpoint.size}>
            {(['older', 'newer'] as const).map((end) => (
              <Table.Td key={end}>
                <Radio
                  name={end}
                  aria-label={t(`checkpoints.choose.${end}`, { size: number(checkpoint.size) })}
                  checked={sizes[end] === checkpoint.size}
                  onChange={() => onChoose({ ...sizes, [end]: checkpoint.size })}
                />
              </Table.Td>
            ))}
            <Table.Td>
              <Anchor
                component={Link}
                to={`/audit/ledger/${checkpoint.size - 1}`}
                className={tableClasses.number}
              >
                {number(checkpoint.size)}
              </Anchor>
            </Table.Td>
            <Table.Td className={tableClasses.wide}>
              <code title={checkpoint.rootHash}>{checkpoint.rootHash.slice(0, 24)}…</code>
            </Table.Td>
            <Table.Td>
              <Witnesses of={checkpoint} />
            </Table.Td>
            <Table.Td className={tableClasses.end}>
              <time dateTime={checkpoint.at}>{dateTime(checkpoint.at)}</time>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}

function Witnesses({ of: { witnesses } }: { readonly of: CheckpointView }) {
  const { t } = useTranslation();
  const { list } = useFormat();
  if (witnesses === undefined)
    return <span className={tableClasses.muted}>{t('checkpoints.noWitnesses')}</span>;
  return (
    <>
      <Badge color={witnesses.satisfied ? 'green' : 'yellow'}>
        {t(witnesses.satisfied ? 'checkpoints.satisfied' : 'checkpoints.waiting')}
      </Badge>{' '}
      {list(witnesses.cosigned.map(({ name }) => name))}
    </>
  );
}
