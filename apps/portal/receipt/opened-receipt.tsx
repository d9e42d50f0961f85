import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/api.js';
import { requestPath } from '../subject/queries.js';
import { useServerTrust, type TrustSource } from '../trust/server-trust.js';
import { Loaded } from '../ui/loaded.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { saveFile } from '../ui/save-file.js';
import classes from './opened-receipt.module.css';
import { TrustFiles } from './trust-files.js';
import { useVerification } from './use-verification.js';
import type { VerificationTask, Verified } from './verification.js';
import { VerificationSteps } from './verification-steps.js';

interface OpenedReceiptProps {
  readonly requestId: string;
  /** Identity file that opens the person's records; without it the certificate alone is verified. */
  readonly identity?: string;
}

interface Files {
  readonly certificate: Uint8Array;
  readonly proofs: Uint8Array<ArrayBuffer>;
  readonly openings?: Uint8Array;
}

/** Fetches what belongs to a request, opens it with the person's key, and verifies it, all of it in this browser. */
export default function OpenedReceipt({ requestId, identity }: OpenedReceiptProps) {
  const isReceipt = identity !== undefined;
  const files = useQuery({
    queryKey: ['me', 'requests', requestId, 'files', isReceipt],
    queryFn: () => fetchFiles(requestId, isReceipt),
    staleTime: Infinity,
    gcTime: 0, // the person's records stay no longer than this is shown
  });
  const served = useServerTrust();
  return (
    <Loaded query={files}>
      {(fetched) => (
        <Loaded query={served}>
          {(trust) => <Verifying requestId={requestId} identity={identity} files={fetched} served={trust} />}
        </Loaded>
      )}
    </Loaded>
  );
}

async function fetchFiles(requestId: string, withOpenings: boolean): Promise<Files> {
  const [certificate, proofs, openings] = await Promise.all([
    api.file(requestPath(requestId, '/certificate'), 'application/vnd.dev.sigstore.bundle.v0.3+json'),
    api.file(requestPath(requestId, '/certificate/proofs')),
    withOpenings ? api.file(requestPath(requestId, '/receipt-openings')) : undefined,
  ]);
  return { certificate, proofs, openings };
}

interface VerifyingProps extends OpenedReceiptProps {
  readonly files: Files;
  readonly served: TrustSource;
}

function Verifying({ requestId, identity, files, served }: VerifyingProps) {
  const { t } = useTranslation();
  const { state, begin } = useVerification();
  const [own, setOwn] = useState<TrustSource>();
  const trust = own ?? served;
  useEffect(() => begin(taskOf(files, identity, trust)), [begin, files, identity, trust]);
  return (
    <Stack>
      <div>
        <Title order={3} mb={4}>
          {t('verify.here')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('verify.hereText')}
        </Text>
      </div>
      <TrustFiles trust={trust} onChoose={setOwn} />
      <VerificationSteps state={state} />
      {state.verified?.receipt !== undefined && (
        <Keep requestId={requestId} receipt={state.verified.receipt} proofs={files.proofs} />
      )}
    </Stack>
  );
}

function taskOf(
  { certificate, proofs, openings }: Files,
  identity: string | undefined,
  trust: TrustSource,
): VerificationTask {
  const common = { trust: trust.files, proofs, certificate };
  return openings === undefined || identity === undefined
    ? { kind: 'certificate', ...common }
    : { kind: 'openings', openings, identity, ...common };
}

interface KeepProps {
  readonly requestId: string;
  readonly receipt: NonNullable<Verified['receipt']>;
  readonly proofs: Uint8Array<ArrayBuffer>;
}

/** What to keep, and what may then go from the server. */
function Keep({ requestId, receipt, proofs }: KeepProps) {
  const { t } = useTranslation();
  const remove = useMutation({ mutationFn: () => api.delete(requestPath(requestId, '/receipt-openings')) });
  const [isSaved, setSaved] = useState(false);
  const save = () => {
    saveFile(`receipt-${requestId.slice(0, 8)}.json`, receipt, 'application/json');
    saveFile(`${requestId}.proofs.json`, proofs, 'application/json');
    setSaved(true);
  };
  return (
    <Stack gap="xs" className={classes.keep}>
      <Text size="sm">{t('receipt.keepText')}</Text>
      <Group gap="xs">
        <Button onClick={save}>{t('receipt.save')}</Button>
        <Button variant="default" onClick={() => window.print()}>
          {t('receipt.print')}
        </Button>
        {isSaved && !remove.isSuccess && (
          <Button variant="subtle" color="gray" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t('receipt.remove')}
          </Button>
        )}
      </Group>
      {remove.isSuccess && <Text size="sm">{t('receipt.removed')}</Text>}
      {remove.isError && <ProblemNotice error={remove.error} />}
    </Stack>
  );
}
