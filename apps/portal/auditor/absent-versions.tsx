import { Table, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';

interface AbsentVersionsProps {
  readonly versions: readonly { readonly line: string; readonly version: number; readonly records: number }[];
}

/** Versions that were shown to have none of the records. */
export function AbsentVersions({ versions }: AbsentVersionsProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <>
      <Title order={3} size="h5" mt="md" mb="xs">
        {t('absence.versions')}
      </Title>
      <TableFrame label={t('absence.versions')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('absence.version')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('absence.records')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('absence.found')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map(({ line, version, records }) => (
            <Table.Tr key={`${line}/${version}`}>
              <Table.Td>{t('ledger.versionOf', { line, version })}</Table.Td>
              <Table.Td className={tableClasses.end}>{number(records)}</Table.Td>
              <Table.Td className={tableClasses.end}>{t('absence.none')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableFrame>
    </>
  );
}
