import { Button, FileButton, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { requestPath } from '../subject/queries.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { saveFile } from '../ui/save-file.js';
import { keysOf } from './key-ring.js';
import classes from './receipt-section.module.css';

const OpenedReceipt = lazy(() => import('./opened-receipt.js'));

/** What remains of a request that unlearned something: the certificate, and the receipt that only the person can open. */
export function ReceiptSection({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const { certificate, receiptWanted, parts } = request;
  if (certificate === undefined)
    return receiptWanted && parts.some(({ state }) => state === 'waiting' || state === 'running') ? (
      <Text c="dimmed">{t('receipt.later')}</Text>
    ) : null;
  return (
    <Paper component="section" className={classes.section}>
      <Title order={2}>{t('receipt.title')}</Title>
      <Certificate requestId={request.requestId} />
      <Opening request={request} />
    </Paper>
  );
}

/** The certificate as people read it. */
function Certificate({ requestId }: { readonly requestId: string }) {
  const { t } = useTranslation();
  const fetch = useMutation({
    mutationFn: async ({ type, ending }: { readonly type: string; readonly ending: string }) =>
      saveFile(
        `certificate-${requestId.slice(0, 8)}.${ending}`,
        await api.file(requestPath(requestId, '/certificate'), type),
        type,
      ),
  });
  return (
    <Stack gap="xs">
      <Text>{t('receipt.certificateText')}</Text>
      <Group gap="xs" className={classes.actions}>
        <Button
          variant="default"
          size="sm"
          onClick={() => fetch.mutate({ type: 'application/pdf', ending: 'pdf' })}
        >
          {t('receipt.certificatePdf')}
        </Button>
        <Button
          variant="default"
          size="sm"
          onClick={() =>
            fetch.mutate({ type: 'application/vnd.dev.sigstore.bundle.v0.3+json', ending: 'sigstore.json' })
          }
        >
          {t('receipt.certificateFile')}
        </Button>
      </Group>
      {fetch.isError && <ProblemNotice error={fetch.error} />}
    </Stack>
  );
}

function Opening({ request: { requestId, receiptWanted, download } }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const [identity, setIdentity] = useState<string | undefined>(keysOf(requestId)?.receipt?.identity);
  const [opened, setOpened] = useState<'receipt' | 'certificate'>();
  const hasOpenings = receiptWanted && download === 'openings';
  const openWith = (keyFile: string) => {
    setIdentity(keyFile);
    setOpened('receipt');
  };
  if (opened !== undefined)
    return (
      <Suspense fallback={<Skeleton height={240} />}>
        <OpenedReceipt requestId={requestId} identity={opened === 'receipt' ? identity : undefined} />
      </Suspense>
    );
  return (
    <Stack gap="xs">
      {hasOpenings && <Text>{t(identity === undefined ? 'receipt.needsKey' : 'receipt.ready')}</Text>}
      {receiptWanted && !hasOpenings && <Text>{t('receipt.notKept')}</Text>}
      <Group gap="xs">
        {hasOpenings && identity !== undefined && (
          <Button onClick={() => setOpened('receipt')}>{t('receipt.open')}</Button>
        )}
        {hasOpenings && identity === undefined && (
          <FileButton accept=".txt,text/plain" onChange={(file) => void file?.text().then(openWith)}>
            {(props) => <Button {...props}>{t('receipt.chooseKey')}</Button>}
          </FileButton>
        )}
        <Button variant={hasOpenings ? 'default' : 'filled'} onClick={() => setOpened('certificate')}>
          {t('receipt.verifyCertificate')}
        </Button>
      </Group>
    </Stack>
  );
}
