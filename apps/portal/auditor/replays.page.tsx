import { Anchor, Button, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ReplayView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { ReplayBadge } from './replay-badge.js';

const AGAIN = 5_000; // ms, while one is not over

/** Replays since the server was started. */
export function Component() {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const replays = useQuery({
    queryKey: ['replays'],
    queryFn: () => api.get<readonly ReplayView[]>('/v1/explorer/replays'),
    refetchInterval: ({ state }) =>
      state.data?.some(({ finishedAt }) => finishedAt === undefined) === true ? AGAIN : false,
  });
  return (
    <Page title={t('replay.listTitle')} lead={t('replay.listLead')}>
      <Loaded query={replays}>
        {(found) =>
          found.length === 0 ? (
            <Empty
              title={t('replay.none')}
              action={
                <Button component={Link} to="/audit/certificates" variant="light">
                  {t('replay.toCertificates')}
                </Button>
              }
            >
              {t('replay.noneText')}
            </Empty>
          ) : (
            <TableFrame label={t('replay.listTitle')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('statement.fact.request')}</Table.Th>
                  <Table.Th>{t('replay.state')}</Table.Th>
                  <Table.Th className={tableClasses.end}>{t('replay.startedAt')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((replay) => (
                  <Table.Tr key={replay.replayId}>
                    <Table.Td>
                      <Anchor
                        inherit
                        component={Link}
                        to={`/audit/replays/${replay.replayId}`}
                        className="mono"
                      >
                        <span className={tableClasses.wide}>{replay.requestId}</span>
                        <span className={tableClasses.short}>{replay.requestId.slice(0, 8)}…</span>
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <ReplayBadge state={replay.state} />
                    </Table.Td>
                    <Table.Td className={tableClasses.end}>
                      <time dateTime={replay.startedAt}>{dateTime(replay.startedAt)}</time>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </TableFrame>
          )
        }
      </Loaded>
    </Page>
  );
}
