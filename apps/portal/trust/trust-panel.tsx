import { Button, Group, Paper, Radio, Stack, Text, Title } from '@mantine/core';
import { IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { FileDrop } from '../ui/file-drop.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import type { TrustChoice } from './trust-choice.js';
import classes from './trust-panel.module.css';
import { trustChoices, useTrust } from './use-trust.js';

/** Whom the verifications on this page believe: a choice, and what it is worth. */
export function TrustPanel() {
  const { t } = useTranslation();
  const { choice, server } = useTrust();
  const isOwn = choice.source === 'own';
  const Icon = isOwn ? IconShieldCheck : IconShieldQuestion;
  return (
    <Paper component="section" aria-labelledby="trust-title">
      <Stack gap="sm">
        <Title order={2} size="h3" id="trust-title" className={classes.title}>
          <Icon size={20} aria-hidden /> {t('trusted.title')}
        </Title>
        <Radio.Group
          aria-labelledby="trust-title"
          value={choice.source}
          onChange={(source) => trustChoices.choose(source)}
        >
          <Stack gap="xs">
            <Radio value="server" label={t('trusted.server')} description={t('trusted.serverMeaning')} />
            <Radio value="own" label={t('trusted.own')} description={t('trusted.ownMeaning')} />
          </Stack>
        </Radio.Group>
        {!isOwn && server.isError && (
          <ProblemNotice error={server.error} onRetry={() => void server.refetch()} />
        )}
        {isOwn && <OwnFiles choice={choice} />}
      </Stack>
    </Paper>
  );
}

function OwnFiles({ choice: { own = {} } }: { readonly choice: TrustChoice }) {
  const { t } = useTranslation();
  const names = Object.keys(own);
  const bring = async (files: readonly File[]) => {
    const texts = await Promise.all(files.map(async (file) => [file.name, await file.text()] as const));
    trustChoices.bring(Object.fromEntries(texts));
  };
  return (
    <Stack gap="xs">
      <FileDrop
        multiple
        label={t('trusted.choose')}
        hint={t('trusted.chooseHint')}
        onFiles={(files) => void bring(files)}
      />
      {names.length > 0 && (
        <Group gap="sm">
          <Text size="sm">{t('trusted.chosen', { files: names.join(', ') })}</Text>
          <Button size="compact-xs" variant="subtle" onClick={() => trustChoices.forget()}>
            {t('trusted.forget')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
