import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BulkBody, BulkView, ExtendBody, RefusedCategory } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { useWordsOf } from '../ui/use-problem-words.js';
import classes from './bulk-dialog.module.css';
import { regimesOf, type Chosen } from './chosen.js';
import { ExtensionFields } from './extension-fields.js';
import { useBulk } from './queries.js';
import { firstRefusal, RefusalFields } from './refusal-fields.js';

interface BulkDialogProps {
  readonly action: BulkBody['action'];
  readonly chosen: Chosen;
  readonly onEnd: () => void;
}

/** One action on many requests: first what it would do to each, then what it did. */
export function BulkDialog({ action, chosen, onEnd }: BulkDialogProps) {
  const { t } = useTranslation();
  const regimes = regimesOf(chosen);
  const requestIds = [...chosen.keys()];
  const [reasons, setReasons] = useState<ExtendBody['reasons']>(['complexity']);
  const [refused, setRefused] = useState<readonly RefusedCategory[]>([firstRefusal(regimes[0])]);
  const [confirmation, setConfirmation] = useState('');
  const preview = useBulk('preview');
  const run = useBulk('run');
  const needsWords = action === 'approve' && [...chosen.values()].some(({ kind }) => kind === 'erasure');
  const words = `ERASE ${chosen.size}`;
  const body: BulkBody = {
    action,
    requestIds,
    ...(action === 'extend' && { reasons }),
    ...(action === 'refuse' && { refused }),
    ...(needsWords && { confirmation: words }),
  };
  if (run.data !== undefined)
    return (
      <Stack>
        <Items items={run.data.items} />
        <Button onClick={onEnd}>{t('common.close')}</Button>
      </Stack>
    );
  return (
    <Stack>
      {action === 'extend' && <ExtensionFields regimes={regimes} reasons={reasons} onChange={setReasons} />}
      {action === 'refuse' && <RefusalFields regimes={regimes} refused={refused} onChange={setRefused} />}
      {preview.data === undefined ? (
        <Button loading={preview.isPending} onClick={() => preview.mutate(body)}>
          {t('bulk.preview')}
        </Button>
      ) : (
        <>
          <Items items={preview.data.items} />
          {needsWords && (
            <TextInput
              label={t('approve.type', { words })}
              autoComplete="off"
              value={confirmation}
              onChange={({ currentTarget }) => setConfirmation(currentTarget.value)}
            />
          )}
          <Group justify="flex-end">
            <Button
              color={action === 'approve' ? undefined : 'red.9'}
              disabled={needsWords && confirmation !== words}
              loading={run.isPending}
              onClick={() => run.mutate({ ...body, ...(needsWords && { confirmation }) })}
            >
              {t(`bulk.action.${action}`)}
            </Button>
          </Group>
        </>
      )}
      {preview.isError && <ProblemNotice error={preview.error} />}
      {run.isError && <ProblemNotice error={run.error} />}
    </Stack>
  );
}

function Items({ items }: BulkView) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const count = (outcome: BulkView['items'][number]['outcome']) =>
    items.filter((item) => item.outcome === outcome).length;
  const refused = items.filter(({ outcome }) => outcome === 'refused');
  return (
    <div role="status">
      {(['would-do', 'done'] as const)
        .filter((outcome) => count(outcome) > 0)
        .map((outcome) => (
          <Alert key={outcome} color="green" variant="light" icon={<IconCheck aria-hidden />} mb="sm">
            {t(`bulk.${outcome}`, { count: count(outcome), shown: number(count(outcome)) })}
          </Alert>
        ))}
      {refused.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={t('bulk.refused', { count: refused.length, shown: number(refused.length) })}
        >
          <ul className={classes.items}>
            {refused.map((item) => (
              <RefusedItem key={item.requestId} {...item} />
            ))}
          </ul>
        </Alert>
      )}
    </div>
  );
}

function RefusedItem({ requestId, title = '', code = '' }: BulkView['items'][number]) {
  const words = useWordsOf({ code, message: title });
  return (
    <li>
      <code>{requestId.slice(0, 8)}</code> {words.title}{' '}
      <Text span size="xs" c="dimmed" className="mono">
        {code}
      </Text>
    </li>
  );
}
