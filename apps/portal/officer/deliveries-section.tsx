import { Anchor, Badge, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DeliveryView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { Loaded } from '../ui/loaded.js';
import { Pager } from '../ui/pager.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { useDeliveries } from './queries.js';

const COLOURS: Record<DeliveryView['state'], string> = {
  waiting: 'ink',
  delivered: 'green',
  acknowledged: 'green',
  'given-up': 'red',
};

/** What was sent to recipients, the newest first. */
export function DeliveriesSection({ nameOf }: { readonly nameOf: (recipientId: string) => string }) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const [page, setPage] = useState(1);
  const deliveries = useDeliveries(page);
  return (
    <Loaded query={deliveries}>
      {(found) =>
        found.total === 0 ? (
          <Text c="dimmed">{t('recipients.noDeliveries')}</Text>
        ) : (
          <>
            <TableFrame label={t('recipients.deliveries')} isStale={deliveries.isPlaceholderData}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('recipients.column.name')}</Table.Th>
                  <Table.Th>{t('queue.column.request')}</Table.Th>
                  <Table.Th className={tableClasses.wide}>{t('recipients.column.attempts')}</Table.Th>
                  <Table.Th className={tableClasses.wide}>{t('recipients.column.next')}</Table.Th>
                  <Table.Th className={tableClasses.end}>{t('recipients.column.state')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.rows.map((delivery) => (
                  <Table.Tr key={delivery.deliveryId}>
                    <Table.Td>{nameOf(delivery.recipientId)}</Table.Td>
                    <Table.Td>
                      <Anchor inherit component={Link} to={`/officer/requests/${delivery.requestId}`}>
                        <code>{delivery.requestId.slice(0, 8)}</code>
                      </Anchor>
                    </Table.Td>
                    <Table.Td className={tableClasses.wide}>
                      {number(delivery.attempts)}{' '}
                      {delivery.lastCode !== undefined && <code>{delivery.lastCode}</code>}
                    </Table.Td>
                    <Table.Td className={tableClasses.wide}>
                      {delivery.nextAttemptAt !== undefined && dateTime(delivery.nextAttemptAt)}
                    </Table.Td>
                    <Table.Td className={tableClasses.end}>
                      <Badge color={COLOURS[delivery.state]}>{t(`recipients.state.${delivery.state}`)}</Badge>
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
  );
}
