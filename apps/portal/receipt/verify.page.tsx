import { Button, FileButton, Paper, Stack, Text } from '@mantine/core';
import { IconFileCertificate } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty } from '../ui/empty.js';
import { Page } from '../ui/page.js';
import { readKeptFile, type KeptFile } from './kept-files.js';

const KeptVerification = lazy(() => import('./kept-verification.js'));

/** Anybody checks what they kept; the files stay in this browser. */
export function Component() {
  const { t } = useTranslation();
  const [files, setFiles] = useState<readonly KeptFile[]>([]);
  const take = async (chosen: readonly File[]) => {
    setFiles(await Promise.all(chosen.map(readKeptFile)));
  };
  const choose = (
    <FileButton multiple accept=".json,application/json" onChange={(chosen) => void take(chosen)}>
      {(props) => (
        <Button {...props} variant={files.length === 0 ? 'filled' : 'default'}>
          {t(files.length === 0 ? 'kept.choose' : 'kept.chooseOthers')}
        </Button>
      )}
    </FileButton>
  );
  return (
    <Page title={t('kept.title')} lead={t('kept.lead')} width="text" actions={files.length > 0 && choose}>
      {files.length === 0 ? (
        <Empty icon={<IconFileCertificate size={40} stroke={1.4} />} title={t('kept.none')} action={choose}>
          {t('kept.noneText')}
        </Empty>
      ) : (
        <Paper>
          <Stack>
            <Text size="sm" c="dimmed">
              {files.map(({ name }) => name).join(', ')}
            </Text>
            <Suspense>
              <KeptVerification files={files} />
            </Suspense>
          </Stack>
        </Paper>
      )}
    </Page>
  );
}
