import { Alert, Button, Group, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { printOnly } from '../ui/print-only.js';
import { useAnnounce } from '../ui/announcer.js';
import { saveFile } from '../ui/save-file.js';
import classes from './key-card.module.css';
import { keyFile, keyFileName, type RequestKeys } from './key-file.js';

/** Offers the keys of a request that was just made, to be saved or printed: nobody else has them. */
export function KeyCard({ keys }: { readonly keys: RequestKeys }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const [isSaved, setSaved] = useState(false);
  const file = useKeyFile(keys);
  const title = t(isSaved ? 'keys.titleSaved' : 'keys.title');
  const save = () => {
    saveFile(keyFileName(keys.requestId), file, 'text/plain');
    setSaved(true);
    announce(t('keys.saved'));
  };
  return (
    <Alert
      component="section"
      role="region"
      aria-label={title}
      className={classes.card}
      data-print="keys"
      icon={<IconKey aria-hidden />}
      color={isSaved ? 'gray' : 'ink'}
      title={title}
    >
      <Text size="sm">{t(keys.receipt === undefined ? 'keys.followText' : 'keys.text')}</Text>
      <Group mt="sm" gap="xs" className={classes.actions}>
        <Button size="sm" variant={isSaved ? 'default' : 'filled'} onClick={save}>
          {t(isSaved ? 'keys.saveAgain' : 'keys.save')}
        </Button>
        <Button size="sm" variant="default" onClick={printKeys}>
          {t('keys.print')}
        </Button>
      </Group>
      <details className={classes.details}>
        <summary>{t('keys.show')}</summary>
        <pre>{file}</pre>
      </details>
      <pre className={classes.printed}>{file}</pre>
    </Alert>
  );
}

function printKeys(): void {
  printOnly('keys');
}

function useKeyFile(keys: RequestKeys): string {
  const { t } = useTranslation();
  const words = {
    title: t('keys.file.title'),
    keep: t('keys.file.keep'),
    request: t('keys.file.request'),
    followKey: t('keys.file.followKey'),
    followAt: t('keys.file.followAt'),
    publicKey: t('keys.file.publicKey'),
  };
  return keyFile(keys, words, window.location.origin);
}
