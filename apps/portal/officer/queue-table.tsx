import { Anchor, Badge, Checkbox, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RequestSummary } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { StandingBadge } from '../requests/standing-badge.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { togglePage, toggled, type Chosen } from './chosen.js';
import { Deadline } from './deadline.js';

interface QueueTableProps {
  readonly requests: readonly RequestSummary[];
  /** Another page is on its way. */
  readonly isStale: boolean;
  readonly chosen: Chosen;
  readonly onChoose: (chosen: Chosen) => void;
}

/** One page of requests, each with its light; every row can be chosen. */
export function QueueTable({ requests, isStale, chosen, onChoose }: QueueTableProps) {
  const { t } = useTranslation();
  const isWhole = requests.every(({ requestId }) => chosen.has(requestId));
  return (
    <TableFrame label={t('queue.title')} isStale={isStale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={44}>
            <Checkbox
              aria-label={t('queue.choosePage')}
              checked={isWhole}
              indeterminate={!isWhole && requests.some(({ requestId }) => chosen.has(requestId))}
              onChange={() => onChoose(togglePage(chosen, requests))}
            />
          </Table.Th>
          <Table.Th>{t('queue.column.deadline')}</Table.Th>
          <Table.Th>{t('queue.column.request')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('queue.column.standing')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('queue.column.approvals')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('queue.column.records')}</Table.Th>
          <Table.Th className={`${tableClasses.wide} ${tableClasses.end}`}>
            {t('queue.column.received')}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {requests.map((request) => (
          <Row
            key={request.requestId}
            request={request}
            isChosen={chosen.has(request.requestId)}
            onToggle={() => onChoose(toggled(chosen, request))}
          />
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}

interface RowProps {
  readonly request: RequestSummary;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}

function Row({ request, isChosen, onToggle }: RowProps) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const { requestId, kind, phase, heldUpSince, clock, approvals, records, duplicates, channel, regime } =
    request;
  const standing = heldUpSince !== undefined && phase === 'in-progress' ? 'failed' : phase;
  const name = t(`officer.kind.${kind}`);
  return (
    <Table.Tr data-chosen={isChosen || undefined}>
      <Table.Td>
        <Checkbox
          aria-label={t('queue.chooseRow', { kind: name, id: requestId.slice(0, 8) })}
          checked={isChosen}
          onChange={onToggle}
        />
      </Table.Td>
      <Table.Td>
        <Deadline clock={clock} />
      </Table.Td>
      <Table.Td>
        <Anchor inherit component={Link} to={`/officer/requests/${requestId}`} fw={600}>
          {name}
        </Anchor>{' '}
        {regime === 'ccpa' && <Badge color="gray">CCPA</Badge>}
        <span className={tableClasses.muted}>
          <br />
          <code>{requestId.slice(0, 8)}</code> · {t(`officer.channel.${channel}`, { defaultValue: channel })}
          {duplicates.length > 0 && <> · {t('queue.duplicates', { count: duplicates.length })}</>}
        </span>
        <span className={tableClasses.narrow}>
          <StandingBadge standing={standing} />
        </span>
      </Table.Td>
      <Table.Td className={tableClasses.wide}>
        <StandingBadge standing={standing} />
      </Table.Td>
      <Table.Td className={tableClasses.wide}>
        {approvals.needed > 0 &&
          t('request.doneOf', { done: number(approvals.given), of: number(approvals.needed) })}
      </Table.Td>
      <Table.Td className={tableClasses.wide}>{records !== undefined && number(records)}</Table.Td>
      <Table.Td className={`${tableClasses.wide} ${tableClasses.end}`}>
        <time dateTime={clock.receivedAt}>{dateTime(clock.receivedAt)}</time>
      </Table.Td>
    </Table.Tr>
  );
}
