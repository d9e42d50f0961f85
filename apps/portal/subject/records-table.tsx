import { Checkbox, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RecordView } from '#libs/portal-contract';
import { usePortalConfig } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { TableFrame } from '../ui/table-frame.js';
import classes from '../ui/table-frame.module.css';
import { isPageSelected, isSelected, toggled, togglePage, type Selection } from './selection.js';

interface RecordsTableProps {
  readonly records: readonly RecordView[];
  /** Another page is on its way. */
  readonly isStale: boolean;
  readonly selection: Selection;
  readonly onChange: (selection: Selection) => void;
}

/** One page of the history; every row can be chosen. */
export function RecordsTable({ records, isStale, selection, onChange }: RecordsTableProps) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const { purposes } = usePortalConfig();
  const labels = records.map(({ label }) => label);
  const isWhole = isPageSelected(selection, labels);
  const isPart = !isWhole && labels.some((label) => isSelected(selection, label));
  const titleOf = (purpose: string): string => purposes.find(({ id }) => id === purpose)?.title ?? purpose;
  return (
    <TableFrame label={t('history.title')} isStale={isStale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={44}>
            <Checkbox
              aria-label={t('history.choosePage')}
              checked={isWhole}
              indeterminate={isPart}
              onChange={() => onChange(togglePage(selection, labels))}
            />
          </Table.Th>
          <Table.Th>{t('history.column.title')}</Table.Th>
          <Table.Th className={classes.wide}>{t('history.column.categories')}</Table.Th>
          <Table.Th>{t('history.column.type')}</Table.Th>
          <Table.Th className={classes.wide}>{t('history.column.purpose')}</Table.Th>
          <Table.Th className={`${classes.wide} ${classes.end}`}>{t('history.column.time')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {records.map((record) => (
          <Table.Tr key={record.label} data-chosen={isSelected(selection, record.label) || undefined}>
            <Table.Td>
              <Checkbox
                aria-label={t('history.chooseRow', { title: record.title, time: dateTime(record.time) })}
                checked={isSelected(selection, record.label)}
                onChange={() => onChange(toggled(selection, record.label))}
              />
            </Table.Td>
            <Table.Td>
              {record.title}
              <span className={classes.narrow}>{record.categories.join(', ')}</span>
              <time className={classes.narrow} dateTime={record.time}>
                {dateTime(record.time)}
              </time>
            </Table.Td>
            <Table.Td className={classes.wide}>{record.categories.join(', ')}</Table.Td>
            <Table.Td>
              {record.type} {number(record.value, 2)}
            </Table.Td>
            <Table.Td className={classes.wide}>{titleOf(record.purpose)}</Table.Td>
            <Table.Td className={`${classes.wide} ${classes.end}`}>
              <time dateTime={record.time}>{dateTime(record.time)}</time>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}
