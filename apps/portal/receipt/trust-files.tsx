import { Anchor, Button, FileButton, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { TrustSource } from '../trust/server-trust.js';
import { Digest } from '../ui/digest.js';
import { fingerprint } from './fingerprint.js';
import classes from './trust-files.module.css';

interface TrustFilesProps {
  readonly trust: TrustSource;
  /** Takes files that the reader brought along; undefined goes back to the server's. */
  readonly onChoose: (own: TrustSource | undefined) => void;
}

/** Says whose keys the verification believes, with fingerprints to be compared with those from elsewhere. */
export function TrustFiles({ trust: { files, from }, onChoose }: TrustFilesProps) {
  const { t } = useTranslation();
  const take = async (chosen: File[]) => {
    if (chosen.length === 0) return;
    const texts = await Promise.all(chosen.map(async (file) => [file.name, await file.text()] as const));
    onChoose({ files: Object.fromEntries(texts), from: 'own' });
  };
  return (
    <details className={classes.trust}>
      <summary>{t(`trust.from.${from}`, { host: window.location.host })}</summary>
      <Text size="sm" c="dimmed" my="xs">
        {t('trust.text')}
      </Text>
      <ul className={classes.files}>
        {Object.entries(files).map(([name, text]) => (
          <TrustFile key={name} name={name} text={text} />
        ))}
      </ul>
      <Group gap="xs" mt="sm">
        <FileButton multiple onChange={(chosen) => void take(chosen)}>
          {(props) => (
            <Button {...props} size="xs" variant="default">
              {t('trust.choose')}
            </Button>
          )}
        </FileButton>
        {from === 'own' && (
          <Anchor component="button" type="button" size="sm" onClick={() => onChoose(undefined)}>
            {t('trust.back')}
          </Anchor>
        )}
      </Group>
    </details>
  );
}

function TrustFile({ name, text }: { readonly name: string; readonly text: string }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['fingerprint', text],
    queryFn: () => fingerprint(text),
    staleTime: Infinity,
  });
  return (
    <li>
      <span className="mono">{name}</span>
      {data !== undefined && <Digest value={data} of={t('trust.fingerprint', { name })} shown={16} />}
    </li>
  );
}
