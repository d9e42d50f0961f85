import {
  Alert,
  Badge,
  Button,
  Modal,
  NativeSelect,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { CreatedRecipient, CreateRecipientBody, RecipientView } from '#libs/portal-contract';
import { useAnnounce } from '../ui/announcer.js';
import { Digest } from '../ui/digest.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { DeliveriesSection } from './deliveries-section.js';
import { useAddRecipient, useRecipients, useRemoveRecipient } from './queries.js';

const SIGNINGS = ['hmac-sha256', 'ed25519'] as const satisfies readonly RecipientView['signing'][];

/** Who is told of erasures and corrections (Art. 19), and what has reached them. */
export function Component() {
  const { t } = useTranslation();
  const recipients = useRecipients();
  const [isAdding, setAdding] = useState(false);
  return (
    <Page
      title={t('recipients.title')}
      lead={t('recipients.lead')}
      actions={<Button onClick={() => setAdding(true)}>{t('recipients.add')}</Button>}
    >
      <Loaded query={recipients}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<IconPlugConnected size={36} stroke={1.4} />} title={t('recipients.none')}>
              {t('recipients.noneText')}
            </Empty>
          ) : (
            <RecipientsTable recipients={all} />
          )
        }
      </Loaded>
      <Title order={2} mt="xl" mb="sm">
        {t('recipients.deliveries')}
      </Title>
      <DeliveriesSection
        nameOf={(id) => recipients.data?.find((one) => one.recipientId === id)?.name ?? id}
      />
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t('recipients.add')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <AddRecipient onDone={() => setAdding(false)} />
      </Modal>
    </Page>
  );
}

function RecipientsTable({ recipients }: { readonly recipients: readonly RecipientView[] }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const remove = useRemoveRecipient();
  return (
    <>
      <TableFrame label={t('recipients.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('recipients.column.name')}</Table.Th>
            <Table.Th>{t('recipients.column.host')}</Table.Th>
            <Table.Th className={tableClasses.wide}>{t('recipients.column.signing')}</Table.Th>
            <Table.Th className={tableClasses.end}>{t('recipients.column.state')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {recipients.map(({ recipientId, name, host, signing, disabled }) => (
            <Table.Tr key={recipientId}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>
                <code>{host}</code>
              </Table.Td>
              <Table.Td className={tableClasses.wide}>{t(`recipients.signingName.${signing}`)}</Table.Td>
              <Table.Td className={tableClasses.end}>
                {disabled ? (
                  <Badge color="gray">{t('recipients.disabled')}</Badge>
                ) : (
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t('recipients.removeWhom', { name })}
                    loading={remove.isPending && remove.variables === recipientId}
                    onClick={() =>
                      remove.mutate(recipientId, { onSuccess: () => announce(t('recipients.removed')) })
                    }
                  >
                    {t('recipients.remove')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableFrame>
      {remove.isError && <ProblemNotice error={remove.error} />}
    </>
  );
}

function AddRecipient({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const add = useAddRecipient();
  const [body, setBody] = useState<CreateRecipientBody>({ name: '', url: '', signing: 'hmac-sha256' });
  const change = (part: Partial<CreateRecipientBody>) => setBody({ ...body, ...part });
  if (add.data !== undefined) return <ShownOnce created={add.data} onDone={onDone} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(body);
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <TextInput
        label={t('recipients.column.name')}
        description={t('recipients.nameHint')}
        required
        maxLength={64}
        value={body.name}
        onChange={({ currentTarget }) => change({ name: currentTarget.value })}
      />
      <TextInput
        label={t('recipients.url')}
        description={t('recipients.urlHint')}
        type="url"
        required
        maxLength={2000}
        value={body.url}
        onChange={({ currentTarget }) => change({ url: currentTarget.value })}
      />
      <NativeSelect
        label={t('recipients.column.signing')}
        value={body.signing}
        onChange={({ currentTarget }) =>
          change({ signing: SIGNINGS.find((known) => known === currentTarget.value) ?? 'hmac-sha256' })
        }
        data={SIGNINGS.map((signing) => ({ value: signing, label: t(`recipients.signingName.${signing}`) }))}
      />
      {add.isError && <ProblemNotice error={add.error} />}
      <Button type="submit" loading={add.isPending}>
        {t('recipients.add')}
      </Button>
    </Stack>
  );
}

interface ShownOnceProps {
  readonly created: CreatedRecipient;
  readonly onDone: () => void;
}

function ShownOnce({ created: { recipient, secret, publicKey }, onDone }: ShownOnceProps) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Alert color="yellow" title={t('recipients.once', { name: recipient.name })}>
        <Text size="sm" mb="sm">
          {t(secret === undefined ? 'recipients.publicKeyText' : 'recipients.secretText')}
        </Text>
        <Digest
          value={secret ?? publicKey ?? ''}
          of={t(secret === undefined ? 'recipients.publicKey' : 'recipients.secret')}
        />
      </Alert>
      <Button onClick={onDone}>{t('recipients.kept')}</Button>
    </Stack>
  );
}
