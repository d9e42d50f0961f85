import { Button, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import classes from '../ui/columns.module.css';
import { FileOrText } from '../ui/file-or-text.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import type { CertificateFiles } from './certificate-check.js';
import { absenceProofs, certificateFiles } from './certificate-files.js';
import { CertificateVerification } from './certificate-verification.js';

interface Found {
  readonly id: string;
  readonly files: CertificateFiles;
}

type Asked =
  { readonly kind: 'request'; readonly text: string } | { readonly kind: 'receipt'; readonly text: string };

/** Whether deleted records came back: proofs over every version since, verified in this browser. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const [request, setRequest] = useState(address.get('request') ?? '');
  const [receipt, setReceipt] = useState('');
  const look = useMutation({ mutationFn: find });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAddress({ request: request.trim() }, { replace: true });
    look.mutate({ kind: 'request', text: request });
  };
  return (
    <Page title={t('absence.title')} lead={t('absence.lead')}>
      <Stack>
        <div className={classes.columns}>
          <Paper component="form" onSubmit={submit}>
            <Stack gap="sm" align="start">
              <Title order={2} size="h3">
                {t('absence.byRequest')}
              </Title>
              <TextInput
                w="100%"
                label={t('absence.request')}
                value={request}
                maxLength={100}
                spellCheck={false}
                required
                onChange={({ currentTarget }) => setRequest(currentTarget.value)}
              />
              <Button type="submit" loading={look.isPending && look.variables.kind === 'request'}>
                {t('absence.look')}
              </Button>
            </Stack>
          </Paper>
          <Paper component="section" aria-labelledby="receipt-title">
            <Stack gap="sm" align="start">
              <Title order={2} size="h3" id="receipt-title">
                {t('absence.byReceipt')}
              </Title>
              <Text size="sm" c="dimmed">
                {t('absence.byReceiptText')}
              </Text>
              <FileOrText
                choose={t('absence.chooseReceipt')}
                hint={t('absence.chooseReceiptHint')}
                label={t('absence.paste')}
                value={receipt}
                onChange={setReceipt}
                onFile={(text) => look.mutate({ kind: 'receipt', text })}
              />
              <Button
                disabled={receipt.trim() === ''}
                loading={look.isPending && look.variables.kind === 'receipt'}
                onClick={() => look.mutate({ kind: 'receipt', text: receipt })}
              >
                {t('absence.look')}
              </Button>
            </Stack>
          </Paper>
        </div>
        {look.isError && <ProblemNotice error={look.error} />}
        {look.data !== undefined && <CertificateVerification {...look.data} />}
      </Stack>
    </Page>
  );
}

/** Of a receipt the certificate inside is used, so that nothing but the proofs comes from the server. */
async function find({ kind, text }: Asked): Promise<Found> {
  const { orderOfReceipt, orderOfRequest } = await import('./absence-order.js');
  const { requestId, certificate } =
    kind === 'receipt' ? orderOfReceipt(new TextEncoder().encode(text)) : orderOfRequest(text);
  const [files, absence] = await Promise.all([
    certificate === undefined ? certificateFiles(requestId) : { certificate },
    absenceProofs(requestId),
  ]);
  return { id: `${kind} ${requestId} ${absence.length}`, files: { ...files, absence } };
}
