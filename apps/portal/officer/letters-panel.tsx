import { Button, Group, NativeSelect, Paper, Text, Title } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LetterName, RequestDetail } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { useAnnounce } from '../ui/announcer.js';
import { Loaded } from '../ui/loaded.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import classes from './letters-panel.module.css';
import { lettersFor } from './letters-for.js';
import { useLetter, useSendLetter } from './queries.js';

const LOCALES = ['en', 'de'] as const;
type Locale = (typeof LOCALES)[number];

/** Letters to the person, as they would be sent now, in the language that is chosen. */
export function LettersPanel({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const fitting = lettersFor(request);
  const [letter, setLetter] = useState<LetterName>(fitting.at(-1) ?? 'received');
  const [locale, setLocale] = useState<Locale>(useFormat().locale);
  return (
    <section>
      <Title order={2} mb="xs">
        {t('letters.title')}
      </Title>
      <Group mb="sm" align="flex-end">
        <NativeSelect
          label={t('letters.letter')}
          value={letter}
          onChange={({ currentTarget }) =>
            setLetter(fitting.find((name) => name === currentTarget.value) ?? 'received')
          }
          data={fitting.map((name) => ({ value: name, label: t(`letters.name.${name}`) }))}
        />
        <NativeSelect
          label={t('letters.language')}
          value={locale}
          onChange={({ currentTarget }) => setLocale(currentTarget.value === 'de' ? 'de' : 'en')}
          data={LOCALES.map((one) => ({ value: one, label: t(`letters.locale.${one}`) }))}
        />
      </Group>
      <Letter key={`${letter} ${locale}`} requestId={request.requestId} letter={letter} locale={locale} />
    </section>
  );
}

interface LetterProps {
  readonly requestId: string;
  readonly letter: LetterName;
  readonly locale: Locale;
}

function Letter({ requestId, letter, locale }: LetterProps) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const announce = useAnnounce();
  const text = useLetter(requestId, letter, locale);
  const send = useSendLetter(requestId, letter, locale);
  return (
    <Loaded query={text}>
      {({ subject, body, sentAt }) => (
        <Paper>
          <Text fw={600}>{subject}</Text>
          <div className={classes.body}>{body}</div>
          <Group mt="md">
            <Button
              variant="default"
              leftSection={<IconMail size={18} aria-hidden />}
              loading={send.isPending}
              onClick={() => send.mutate(undefined, { onSuccess: () => announce(t('letters.sent')) })}
            >
              {t(sentAt === undefined ? 'letters.send' : 'letters.sendAgain')}
            </Button>
            {sentAt !== undefined && (
              <Text size="sm" c="dimmed">
                {t('letters.sentOn', { date: dateTime(sentAt) })}
              </Text>
            )}
          </Group>
          {send.isError && <ProblemNotice error={send.error} />}
        </Paper>
      )}
    </Loaded>
  );
}
