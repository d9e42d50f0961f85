import { Alert, Button, Group, NumberInput, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, type UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CheckpointView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import type { TrustTexts } from '../trust/trust-choice.js';
import { useTrust } from '../trust/use-trust.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { FileOrText } from '../ui/file-or-text.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { CheckedStepList } from './checked-step-list.js';
import type { CheckedSteps } from './checked-steps.js';
import { inOrder, toldHead, type ComparedSizes } from './compared-sizes.js';
import type { GrowthReport } from './growth-check.js';
import { publicLedger } from './ledger-files.js';

interface GrowthBetweenProps {
  readonly sizes: ComparedSizes;
  /** What the list tells of checkpoints. */
  readonly told: readonly CheckpointView[];
  readonly onChoose: (sizes: ComparedSizes) => void;
}

/** Whether the log only grew between two sizes. */
export function GrowthBetween({ sizes, told, onChoose }: GrowthBetweenProps) {
  const { t } = useTranslation();
  const check = useMutation({
    mutationFn: async (files: TrustTexts) => {
      const { checkGrowth } = await import('./growth-check.js');
      const { older, newer } = inOrder(sizes);
      return checkGrowth(toldHead(older, told), toldHead(newer, told), publicLedger(), files);
    },
  });
  const choose = (changed: Partial<ComparedSizes>): void => {
    check.reset();
    onChoose({ ...sizes, ...changed });
  };
  return (
    <Paper component="section" aria-labelledby="between-title">
      <Stack gap="sm">
        <Title order={2} size="h3" id="between-title">
          {t('growth.between')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('growth.betweenText')}
        </Text>
        <Group align="end" gap="sm">
          {(['older', 'newer'] as const).map((end) => (
            <NumberInput
              key={end}
              w={130}
              label={t(`growth.${end}`)}
              min={1}
              allowDecimal={false}
              hideControls
              value={sizes[end]}
              onChange={(size) => {
                if (typeof size === 'number' && size >= 1 && size !== sizes[end]) choose({ [end]: size });
              }}
            />
          ))}
          <CheckButton check={check}>{t('growth.check')}</CheckButton>
        </Group>
        <Outcome check={check} textOf={(step) => t(`growth.step.${step}`)} />
      </Stack>
    </Paper>
  );
}

/** Whether the log that is published now continues one that somebody was shown before. */
export function GrowthSinceKept() {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  const check = useMutation({
    mutationFn: async (files: TrustTexts) => {
      const { checkSinceKept } = await import('./growth-check.js');
      return checkSinceKept(new TextEncoder().encode(note), publicLedger(), files);
    },
  });
  return (
    <Paper component="section" aria-labelledby="kept-title">
      <Stack gap="sm">
        <Title order={2} size="h3" id="kept-title">
          {t('growth.kept')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('growth.keptText')}
        </Text>
        <FileOrText
          choose={t('growth.chooseNote')}
          hint={t('growth.chooseNoteHint')}
          label={t('growth.note')}
          value={note}
          onChange={setNote}
          onFile={setNote}
        />
        <Group>
          <CheckButton check={check} isReady={note.trim() !== ''}>
            {t('growth.check')}
          </CheckButton>
        </Group>
        <Outcome check={check} textOf={(step) => t(`growth.keptStep.${step}`)} />
      </Stack>
    </Paper>
  );
}

type Check<Step extends string> = UseMutationResult<CheckedSteps<Step, GrowthReport>, Error, TrustTexts>;

interface CheckButtonProps<Step extends string> {
  readonly check: Check<Step>;
  readonly isReady?: boolean;
  readonly children: ReactNode;
}

function CheckButton<Step extends string>({ check, isReady = true, children }: CheckButtonProps<Step>) {
  const { files } = useTrust();
  return (
    <Button
      loading={check.isPending}
      disabled={!isReady || files === undefined}
      onClick={() => files !== undefined && check.mutate(files)}
    >
      {children}
    </Button>
  );
}

interface OutcomeProps<Step extends string> {
  readonly check: Check<Step>;
  readonly textOf: (step: Step) => string;
}

function Outcome<Step extends string>({ check, textOf }: OutcomeProps<Step>) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { files } = useTrust();
  if (files === undefined) return <Alert color="gray">{t('trusted.missing')}</Alert>;
  if (check.isError) return <ProblemNotice error={check.error} />;
  if (check.data === undefined) return null;
  const { result } = check.data;
  const verdict =
    result &&
    t('growth.verified', {
      count: result.older.size,
      older: number(result.older.size),
      newer: number(result.newer.size),
    });
  return (
    <>
      <CheckedStepList
        checked={check.data}
        label={t('growth.steps')}
        textOf={textOf}
        verdict={verdict ?? ''}
      />
      {result !== undefined && (
        <Facts
          of={[
            [
              t('growth.rootOlder'),
              <Digest key="older" value={result.older.root} of={t('growth.rootOlder')} shown={24} />,
            ],
            [
              t('growth.rootNewer'),
              <Digest key="newer" value={result.newer.root} of={t('growth.rootNewer')} shown={24} />,
            ],
            [t('growth.signed'), `${result.head.origin} · ${number(result.head.size)}`],
          ]}
        />
      )}
    </>
  );
}
