import { Table } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format.js';
import { LinkFor } from '../shell/link-for.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { useStaffActions } from './queries.js';

/** Everything that staff did or looked at, the newest first: events of the log, under pseudonyms. */
export function Component() {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const [page, setPage] = useState(1);
  const actions = useStaffActions(page);
  return (
    <Page title={t('staffActions.title')} lead={t('staffActions.lead')}>
      <Loaded query={actions}>
        {(found) =>
          found.total === 0 ? (
            <Empty icon={<IconListDetails size={36} stroke={1.4} />} title={t('staffActions.none')} />
          ) : (
            <>
              <TableFrame label={t('staffActions.title')} isStale={actions.isPlaceholderData}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th className={tableClasses.wide}>{t('dashboard.when')}</Table.Th>
                    <Table.Th className={tableClasses.wide}>{t('accounts.pseudonym')}</Table.Th>
                    <Table.Th>{t('staffActions.action')}</Table.Th>
                    <Table.Th className={tableClasses.end}>{t('queue.column.request')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.rows.map(({ at, staffId, action, requestId }, index) => (
                    <Table.Tr key={`${at} ${index}`}>
                      <Table.Td className={tableClasses.wide}>
                        <time dateTime={at}>{dateTime(at)}</time>
                      </Table.Td>
                      <Table.Td className={tableClasses.wide}>
                        <code>{staffId}</code>
                      </Table.Td>
                      <Table.Td>
                        <code>{action}</code>
                        <code className={tableClasses.narrow}>{staffId}</code>
                        <time className={tableClasses.narrow} dateTime={at}>
                          {dateTime(at)}
                        </time>
                      </Table.Td>
                      <Table.Td className={tableClasses.end}>
                        {requestId !== undefined && (
                          <LinkFor roles={['dpo']} to={`/officer/requests/${requestId}`}>
                            <code>{requestId.slice(0, 8)}</code>
                          </LinkFor>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </TableFrame>
              <Pager page={found} onChange={setPage} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
