import { Alert, Badge, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { StaffRole, StaffView } from '#libs/portal-contract';
import { useSession } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { useAnnounce } from '../ui/announcer.js';
import { Digest } from '../ui/digest.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { useChangeStaff, useInvite, useStaff } from './queries.js';
import { RoleFields } from './role-fields.js';

/** Who works here, with which roles. */
export function Component() {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const [isInviting, setInviting] = useState(false);
  const [edited, setEdited] = useState<StaffView>();
  const staff = useStaff(page);
  return (
    <Page
      title={t('accounts.title')}
      lead={t('accounts.lead')}
      actions={<Button onClick={() => setInviting(true)}>{t('accounts.invite')}</Button>}
    >
      <Loaded query={staff}>
        {(found) => (
          <>
            <StaffTable staff={found.rows} isStale={staff.isPlaceholderData} onEdit={setEdited} />
            <Pager page={found} onChange={setPage} />
          </>
        )}
      </Loaded>
      <Modal
        opened={isInviting}
        onClose={() => setInviting(false)}
        title={t('accounts.invite')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <InviteForm onDone={() => setInviting(false)} />
      </Modal>
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={edited?.name}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {edited !== undefined && <RolesForm of={edited} onDone={() => setEdited(undefined)} />}
      </Modal>
    </Page>
  );
}

interface StaffTableProps {
  readonly staff: readonly StaffView[];
  readonly isStale: boolean;
  readonly onEdit: (staff: StaffView) => void;
}

function StaffTable({ staff, isStale, onEdit }: StaffTableProps) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  return (
    <TableFrame label={t('accounts.title')} isStale={isStale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('accounts.name')}</Table.Th>
          <Table.Th>{t('accounts.roles')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('accounts.pseudonym')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('accounts.lastLogin')}</Table.Th>
          <Table.Th className={tableClasses.end}>{t('accounts.change')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {staff.map((one) => (
          <Table.Tr key={one.staffId}>
            <Table.Td>
              {one.name} {one.disabled && <Badge color="gray">{t('accounts.disabled')}</Badge>}
            </Table.Td>
            <Table.Td>{one.roles.map((role) => t(`accounts.role.${role}.name`)).join(', ')}</Table.Td>
            <Table.Td className={tableClasses.wide}>
              <code>{one.staffId}</code>
            </Table.Td>
            <Table.Td className={tableClasses.wide}>
              {one.lastLoginAt === undefined ? t('accounts.never') : dateTime(one.lastLoginAt)}
            </Table.Td>
            <Table.Td className={tableClasses.end}>
              <Button
                size="xs"
                variant="default"
                aria-label={t('accounts.changeWhom', { name: one.name })}
                onClick={() => onEdit(one)}
              >
                {t('accounts.change')}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}

function InviteForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const invite = useInvite();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<readonly StaffRole[]>(['dpo']);
  if (invite.data !== undefined)
    return (
      <Stack>
        <Alert color="yellow" title={t('accounts.linkTitle', { name: invite.data.staff.name })}>
          <Text size="sm" mb="sm">
            {t('accounts.linkText')}
          </Text>
          <Digest value={invite.data.setUpLink} of={t('accounts.link')} />
        </Alert>
        <Button onClick={onDone}>{t('common.close')}</Button>
      </Stack>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ name: name.trim(), roles });
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <TextInput
        label={t('accounts.name')}
        description={t('accounts.nameHint')}
        required
        maxLength={100}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <RoleFields roles={roles} onChange={setRoles} />
      {invite.isError && <ProblemNotice error={invite.error} />}
      <Button type="submit" disabled={roles.length === 0} loading={invite.isPending}>
        {t('accounts.invite')}
      </Button>
    </Stack>
  );
}

interface RolesFormProps {
  readonly of: StaffView;
  readonly onDone: () => void;
}

function RolesForm({ of: { staffId, disabled, ...before }, onDone }: RolesFormProps) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const session = useSession();
  const [roles, setRoles] = useState(before.roles);
  const change = useChangeStaff();
  const isOneself = session.kind === 'staff' && session.staffId === staffId;
  const save = (what: Parameters<typeof change.mutate>[0]['change']) =>
    change.mutate(
      { staffId, change: what },
      {
        onSuccess: () => {
          announce(t('accounts.changed'));
          onDone();
        },
      },
    );
  return (
    <Stack>
      <RoleFields roles={roles} onChange={setRoles} />
      {isOneself && <Text size="sm">{t('accounts.oneself')}</Text>}
      {change.isError && <ProblemNotice error={change.error} />}
      <Group justify="space-between">
        <Button
          variant="default"
          disabled={isOneself}
          loading={change.isPending}
          onClick={() => save({ disabled: !disabled })}
        >
          {t(disabled ? 'accounts.enable' : 'accounts.disable')}
        </Button>
        <Button disabled={roles.length === 0} loading={change.isPending} onClick={() => save({ roles })}>
          {t('accounts.save')}
        </Button>
      </Group>
    </Stack>
  );
}
