import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { EntriesPage } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { kindOfFile, readKeptFile, type KeptFile } from '../receipt/kept-files.js';
import { Empty } from '../ui/empty.js';
import { FileDrop } from '../ui/file-drop.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { CertificateVerification } from './certificate-verification.js';
import { EntriesTable } from './entries-table.js';
import { pageOf } from '../ui/page-of-address.js';

const SIZE = 15;

interface OwnFiles {
  readonly files: readonly KeptFile[];
  /** Grows with every choice, so that what was verified before is verified again. */
  readonly taken: number;
}

/** Certificates of the ledger, and any that somebody holds as a file. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const [own, setOwn] = useState<OwnFiles>({ files: [], taken: 0 });
  const { files } = own;
  const asked = { type: 'certificate', page: pageOf(address), size: SIZE };
  const certificates = useQuery({
    queryKey: ['entries', asked],
    queryFn: () => api.get<EntriesPage>('/v1/explorer/entries', asked),
    placeholderData: keepPreviousData,
  });
  const take = async (chosen: readonly File[]) => {
    setOwn({ files: await Promise.all(chosen.map(readKeptFile)), taken: own.taken + 1 });
  };
  return (
    <Page title={t('certificates.title')} lead={t('certificates.lead')}>
      <Stack>
        <Paper component="section" aria-labelledby="own-title">
          <Stack gap="sm">
            <Title order={2} size="h3" id="own-title">
              {t('certificates.own')}
            </Title>
            <FileDrop
              multiple
              label={t('certificates.choose')}
              hint={t('certificates.chooseHint')}
              onFiles={(chosen) => void take(chosen)}
            />
            {files.length > 0 && (
              <Group gap="sm">
                <Text size="sm">{files.map(({ name }) => name).join(', ')}</Text>
                <Button size="compact-xs" variant="subtle" onClick={() => setOwn({ ...own, files: [] })}>
                  {t('certificates.putAway')}
                </Button>
              </Group>
            )}
          </Stack>
        </Paper>
        {files.length > 0 && <OwnVerification own={own} />}
        {files.length === 0 && (
          <Loaded query={certificates}>
            {(found) =>
              found.total === 0 ? (
                <Empty title={t('certificates.none')}>{t('certificates.noneText')}</Empty>
              ) : (
                <>
                  <EntriesTable entries={found.rows} isStale={certificates.isPlaceholderData} />
                  <Pager page={found} onChange={(page) => setAddress({ page: String(page) })} />
                </>
              )
            }
          </Loaded>
        )}
      </Stack>
    </Page>
  );
}

/** A file that is none of the three is taken as the certificate, so that the verification says what is wrong with it. */
function OwnVerification({ own: { files, taken } }: { readonly own: OwnFiles }) {
  const bytesOf = (kind: 'proofs' | 'absence') => files.find((file) => kindOfFile(file) === kind)?.bytes;
  const [proofs, absence] = [bytesOf('proofs'), bytesOf('absence')];
  const certificate = files.find(({ bytes }) => bytes !== proofs && bytes !== absence) ?? files[0];
  return (
    <CertificateVerification
      id={`own ${taken}`}
      files={{ certificate: certificate.bytes, ...(proofs && { proofs }), ...(absence && { absence }) }}
    />
  );
}
