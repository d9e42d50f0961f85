import { Anchor, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { EntrySummary } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { EntryTypeBadge } from './entry-type-badge.js';

interface EntriesTableProps {
  readonly entries: readonly EntrySummary[];
  /** Another page is on its way. */
  readonly isStale: boolean;
}

/** Entries of the ledger, newest first. */
export function EntriesTable({ entries, isStale }: EntriesTableProps) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  return (
    <TableFrame label={t('ledger.title')} isStale={isStale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={90}>{t('ledger.column.index')}</Table.Th>
          <Table.Th>{t('ledger.column.type')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('ledger.column.about')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('ledger.column.digest')}</Table.Th>
          <Table.Th className={tableClasses.end}>{t('ledger.column.at')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map((entry) => (
          <Table.Tr key={entry.index}>
            <Table.Td>
              <Anchor
                inherit
                component={Link}
                to={`/audit/ledger/${entry.index}`}
                className={tableClasses.number}
              >
                {number(entry.index)}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <EntryTypeBadge type={entry.type} />
              <span className={tableClasses.narrow}>
                <About entry={entry} />
              </span>
            </Table.Td>
            <Table.Td className={tableClasses.wide}>
              <About entry={entry} />
            </Table.Td>
            <Table.Td className={tableClasses.wide}>
              <code title={entry.payloadDigest}>{entry.payloadDigest.slice(0, 16)}…</code>
            </Table.Td>
            <Table.Td className={tableClasses.end}>
              {entry.at !== undefined && <time dateTime={entry.at}>{dateTime(entry.at)}</time>}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}

/** What an entry is about: a request, a version, a line. */
function About({ entry: { requestId, line, version } }: { readonly entry: EntrySummary }) {
  const { t } = useTranslation();
  const ofLine =
    line !== undefined && (version === undefined ? line : t('ledger.versionOf', { line, version }));
  if (requestId === undefined) return ofLine;
  return (
    <>
      <Anchor inherit component={Link} to={`/audit/certificates/${requestId}`}>
        {t('ledger.request', { id: requestId.slice(0, 8) })}
      </Anchor>
      {ofLine !== false && <> · {ofLine}</>}
    </>
  );
}
