import { Anchor, Button, Code, Paper, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import type { ReplayView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { Digest } from '../ui/digest.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { saveFile } from '../ui/save-file.js';
import { absenceProofs, certificateFiles } from './certificate-files.js';
import { CertificateVerification } from './certificate-verification.js';

/** A certificate: what it leads from and to, verified in this browser, and the ways to go on without this server. */
export function Component() {
  const { t } = useTranslation();
  const { requestId = '' } = useParams();
  const [withLater, setWithLater] = useState(false);
  const files = useQuery({
    queryKey: ['certificate-files', requestId],
    queryFn: () => certificateFiles(requestId),
    staleTime: Infinity,
  });
  const absence = useQuery({
    queryKey: ['absence', requestId],
    queryFn: () => absenceProofs(requestId),
    enabled: withLater,
    staleTime: 60_000,
  });
  return (
    <Page
      title={t('certificate.title')}
      above={
        <Anchor component={Link} to="/audit/certificates" size="sm">
          {t('certificates.title')}
        </Anchor>
      }
      lead={<Digest value={requestId} of={t('statement.fact.request')} />}
      actions={
        <>
          <Button
            loading={absence.isFetching}
            disabled={absence.data !== undefined}
            onClick={() => setWithLater(true)}
          >
            {t('certificate.verifyAll')}
          </Button>
          <StartReplay requestId={requestId} />
        </>
      }
    >
      <Stack>
        {absence.isError && <ProblemNotice error={absence.error} onRetry={() => void absence.refetch()} />}
        <Loaded query={files}>
          {(found) => (
            <CertificateVerification
              id={requestId}
              files={absence.data === undefined ? found : { ...found, absence: absence.data }}
            />
          )}
        </Loaded>
        <Offline requestId={requestId} />
      </Stack>
    </Page>
  );
}

function StartReplay({ requestId }: { readonly requestId: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const start = useMutation({
    mutationFn: () => api.post<ReplayView>('/v1/explorer/replays', { requestId }),
    onSuccess: ({ replayId }) => void navigate(`/audit/replays/${replayId}`),
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPlayerPlay size={16} aria-hidden />}
        loading={start.isPending}
        onClick={() => start.mutate()}
      >
        {t('replay.start')}
      </Button>
      {start.isError && <ProblemNotice error={start.error} />}
    </>
  );
}

/** The bundle for work without this server, and what to type. */
function Offline({ requestId }: { readonly requestId: string }) {
  const { t } = useTranslation();
  const bundle = useMutation({
    mutationFn: () => api.file(`/v1/explorer/bundle/${encodeURIComponent(requestId)}`, 'application/x-tar'),
    onSuccess: (tar) => saveFile(`${requestId}.tar`, tar, 'application/x-tar'),
  });
  const certificate = `certificates/${requestId}.sigstore.json`;
  const commands = [
    `mkdir audit && tar -xf ${requestId}.tar -C audit && cd audit`,
    `lacuna-verify certificate ${certificate} --trust trust`,
    `lacuna-verify deletion ${certificate} --trust trust`,
    'lacuna-verify log --folder ledger --trust trust',
  ];
  return (
    <Paper component="section" aria-labelledby="offline-title">
      <Stack gap="sm" align="start">
        <Title order={2} size="h3" id="offline-title">
          {t('offline.title')}
        </Title>
        <Text size="sm" c="dimmed" maw="44rem">
          {t('offline.text')}
        </Text>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={bundle.isPending}
          onClick={() => bundle.mutate()}
        >
          {t('offline.download')}
        </Button>
        {bundle.isError && <ProblemNotice error={bundle.error} />}
        <Code block w="100%" tabIndex={0} aria-label={t('offline.commands')}>
          {commands.join('\n')}
        </Code>
        <Text size="sm" c="dimmed" maw="44rem">
          {t('offline.trust')}
        </Text>
      </Stack>
    </Paper>
  );
}
