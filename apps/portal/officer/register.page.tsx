import { Button, Group, Table, TextInput } from '@mantine/core';
import { IconDownload, IconReportAnalytics } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { RegisterView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { saveFile } from '../ui/save-file.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { readRegisterFile, useRegister } from './queries.js';
import { spanOf } from './register-span.js';

const COUNTS = ['received', 'completed', 'refused', 'cancelled', 'extended', 'overdue'] as const;

/** What a supervisory authority asks for: requests by month and kind. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const span = spanOf(address, new Date());
  const register = useRegister(span);
  const save = useMutation({
    mutationFn: async () =>
      saveFile(`register-${span.from}-${span.until}.csv`, await readRegisterFile(span), 'text/csv'),
  });
  return (
    <Page
      title={t('register.title')}
      lead={t('register.lead')}
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t('register.csv')}
        </Button>
      }
    >
      <Group mb="md">
        {(['from', 'until'] as const).map((end) => (
          <TextInput
            key={end}
            type="month"
            label={t(`register.${end}`)}
            value={span[end]}
            onChange={({ currentTarget: { value } }) =>
              setAddress({ ...span, [end]: value }, { replace: true })
            }
          />
        ))}
      </Group>
      {save.isError && <ProblemNotice error={save.error} />}
      <Loaded query={register}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty icon={<IconReportAnalytics size={36} stroke={1.4} />} title={t('register.none')} />
          ) : (
            <RegisterTable rows={rows} />
          )
        }
      </Loaded>
    </Page>
  );
}

function RegisterTable({ rows }: Pick<RegisterView, 'rows'>) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <TableFrame label={t('register.title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('dashboard.month')}</Table.Th>
          <Table.Th>{t('queue.kind')}</Table.Th>
          {COUNTS.map((count) => (
            <Table.Th key={count} className={tableClasses.end}>
              {t(`register.column.${count}`)}
            </Table.Th>
          ))}
          <Table.Th className={tableClasses.end}>{t('dashboard.median')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={`${row.month} ${row.kind}`}>
            <Table.Td className={tableClasses.number}>{row.month}</Table.Td>
            <Table.Td>{t(`officer.kind.${row.kind}`)}</Table.Td>
            {COUNTS.map((count) => (
              <Table.Td key={count} className={tableClasses.end}>
                {number(row[count])}
              </Table.Td>
            ))}
            <Table.Td className={tableClasses.end}>
              {row.medianDays === undefined ? '–' : number(row.medianDays, 1)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}
