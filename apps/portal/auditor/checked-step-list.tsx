import { Alert, Stack } from '@mantine/core';
import { IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useTrust } from '../trust/use-trust.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { StepList } from '../ui/step-list.js';
import type { CheckedSteps } from './checked-steps.js';

interface CheckedStepListProps<Step extends string> {
  readonly checked: CheckedSteps<Step, unknown>;
  readonly label: string;
  readonly textOf: (step: Step) => string;
  /** What is established when nothing was refused. */
  readonly verdict: string;
}

/** The result of a verification in one sentence, and its steps. */
export function CheckedStepList<Step extends string>({
  checked: { steps, refusal },
  label,
  textOf,
  verdict,
}: CheckedStepListProps<Step>) {
  return (
    <Stack gap="xs" aria-live="polite">
      {refusal === undefined ? <Verdict>{verdict}</Verdict> : <ProblemNotice error={refusal} />}
      <StepList
        label={label}
        steps={steps.map(({ step, state }) => ({ key: step, text: textOf(step), state }))}
      />
    </Stack>
  );
}

/** What was established, and how much that is worth: under keys of the server that is verified, it is no independent check of that server. */
export function Verdict({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const isIndependent = useTrust().choice.source === 'own';
  return (
    <Alert
      color={isIndependent ? 'green' : 'ink'}
      icon={isIndependent ? <IconShieldCheck aria-hidden /> : <IconShieldQuestion aria-hidden />}
      title={children}
    >
      {t(isIndependent ? 'trusted.independent' : 'trusted.dependent')}
    </Alert>
  );
}
