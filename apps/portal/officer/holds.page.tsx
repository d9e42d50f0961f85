import { Anchor, Badge, Button, Modal, Table } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { HoldView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { useAnnounce } from '../ui/announcer.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { HoldForm } from './hold-form.js';
import { useHolds, useReleaseHold } from './queries.js';

/** Legal holds, those in force first. */
export function Component() {
  const { t } = useTranslation();
  const holds = useHolds();
  const [isPlacing, setPlacing] = useState(false);
  return (
    <Page
      title={t('holds.title')}
      lead={t('holds.lead')}
      actions={<Button onClick={() => setPlacing(true)}>{t('holds.place')}</Button>}
    >
      <Loaded query={holds}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<IconLock size={36} stroke={1.4} />} title={t('holds.none')}>
              {t('holds.noneText')}
            </Empty>
          ) : (
            <HoldsTable holds={inForceFirst(all)} />
          )
        }
      </Loaded>
      <Modal
        opened={isPlacing}
        onClose={() => setPlacing(false)}
        title={t('holds.place')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <HoldForm onDone={() => setPlacing(false)} />
      </Modal>
    </Page>
  );
}

function inForceFirst(holds: readonly HoldView[]): HoldView[] {
  const rank = ({ releasedAt }: HoldView): number => (releasedAt === undefined ? 0 : 1);
  return [...holds].sort((a, b) => rank(a) - rank(b) || b.placedAt.localeCompare(a.placedAt));
}

function HoldsTable({ holds }: { readonly holds: readonly HoldView[] }) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const announce = useAnnounce();
  const release = useReleaseHold();
  return (
    <>
      <TableFrame label={t('holds.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('holds.column.target')}</Table.Th>
            <Table.Th>{t('holds.reason')}</Table.Th>
            <Table.Th className={tableClasses.wide}>{t('holds.column.placed')}</Table.Th>
            <Table.Th>{t('holds.column.stops')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('holds.column.state')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {holds.map(({ holdId, target, reason, placedAt, placedBy, releasedAt, requests }) => (
            <Table.Tr key={holdId}>
              <Table.Td>
                {target.kind === 'category' ? (
                  <>
                    {t('holds.targetKind.category')}: <strong>{target.category}</strong>
                  </>
                ) : (
                  t('holds.targetKind.subject')
                )}
              </Table.Td>
              <Table.Td>{t(`holds.reasonName.${reason}`)}</Table.Td>
              <Table.Td className={tableClasses.wide}>
                {dateTime(placedAt)} <span className={tableClasses.muted}>({placedBy})</span>
              </Table.Td>
              <Table.Td>
                {requests.length === 0
                  ? t('holds.stopsNothing')
                  : requests.map((requestId) => (
                      <Anchor
                        inherit
                        key={requestId}
                        component={Link}
                        to={`/officer/requests/${requestId}`}
                        mr="xs"
                      >
                        <code>{requestId.slice(0, 8)}</code>
                      </Anchor>
                    ))}
              </Table.Td>
              <Table.Td className={tableClasses.end}>
                {releasedAt === undefined ? (
                  <Button
                    size="xs"
                    variant="default"
                    loading={release.isPending && release.variables === holdId}
                    onClick={() => release.mutate(holdId, { onSuccess: () => announce(t('holds.released')) })}
                  >
                    {t('holds.release')}
                  </Button>
                ) : (
                  <Badge color="gray">{t('holds.releasedOn', { date: dateTime(releasedAt) })}</Badge>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableFrame>
      {release.isError && <ProblemNotice error={release.error} />}
    </>
  );
}
