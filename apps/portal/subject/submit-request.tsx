import { Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { RequestKindView, ScopeBody } from '#libs/portal-contract';
import type { RequestKeys } from '../receipt/key-file.js';
import { keepKeys } from '../receipt/key-ring.js';
import { makeReceiptKeys } from '../receipt/make-keys.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Preview } from './preview.js';
import { useSubmit } from './queries.js';
import { unlearns } from './request-kinds.js';

interface SubmitRequestProps {
  readonly kind: RequestKindView;
  readonly scope?: ScopeBody;
  readonly onCancel?: () => void;
}

/** The last step before a request: what it would do, whether a receipt is wanted, and the one button. */
export function SubmitRequest({ kind, scope, onCancel }: SubmitRequestProps) {
  const { t } = useTranslation();
  const [wantsReceipt, setWantsReceipt] = useState(true);
  const [statement, setStatement] = useState('');
  const send = useSend(kind, scope);
  const isFinal = kind === 'erasure';
  return (
    <Stack>
      {unlearns(kind) && (
        <>
          <Preview kind={kind} scope={scope} />
          <Checkbox
            checked={wantsReceipt}
            onChange={({ currentTarget }) => setWantsReceipt(currentTarget.checked)}
            label={t('submit.receipt')}
            description={t('submit.receiptText')}
          />
        </>
      )}
      {kind === 'rectification' && (
        <Textarea
          label={t('submit.statement')}
          description={t('submit.statementText')}
          autosize
          minRows={3}
          maxLength={2000}
          required
          value={statement}
          onChange={({ currentTarget }) => setStatement(currentTarget.value)}
        />
      )}
      {isFinal && <Text fw={600}>{t('submit.final')}</Text>}
      {send.isError && <ProblemNotice error={send.error} />}
      <Group justify="flex-end">
        {onCancel !== undefined && (
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
        )}
        <Button
          color={isFinal ? 'red.9' : undefined}
          loading={send.isPending}
          disabled={kind === 'rectification' && statement.trim() === ''}
          onClick={() =>
            send.mutate({
              wantsReceipt: wantsReceipt && unlearns(kind),
              statement: statement.trim() || undefined,
            })
          }
        >
          {t(`submit.button.${kind}`)}
        </Button>
      </Group>
    </Stack>
  );
}

interface Wishes {
  readonly wantsReceipt: boolean;
  readonly statement?: string;
}

/** Makes the keys, sends the request under an id of its own, so that a repetition is no second one, and goes to its page. */
function useSend(kind: RequestKindView, scope: ScopeBody | undefined) {
  const navigate = useNavigate();
  const submit = useSubmit();
  const [wantedId] = useState(() => crypto.randomUUID());
  const made = useRef<RequestKeys['receipt']>(undefined);
  return useMutation({
    mutationFn: async ({ wantsReceipt, statement }: Wishes) => {
      if (wantsReceipt) made.current ??= await makeReceiptKeys(); // a repetition is for the same key
      const receipt = wantsReceipt ? made.current : undefined;
      const body = { kind, scope, statement, requestId: wantedId, receiptRecipient: receipt?.recipient };
      const { requestId, followKey } = await submit.mutateAsync(body);
      keepKeys({ requestId, followKey, receipt });
      return requestId;
    },
    onSuccess: (requestId) => navigate(`/me/requests/${requestId}`),
  });
}
