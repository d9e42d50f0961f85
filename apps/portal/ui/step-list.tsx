import { IconCheck, IconCircle, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './step-list.module.css';

export type StepState = 'waiting' | 'verified' | 'refused';

interface StepListProps {
  readonly label: string;
  readonly steps: readonly { readonly key: string; readonly text: ReactNode; readonly state: StepState }[];
}

const ICONS: Record<StepState, ReactNode> = {
  waiting: <IconCircle size={16} aria-hidden />,
  verified: <IconCheck size={16} stroke={2.5} aria-hidden />,
  refused: <IconX size={16} stroke={2.5} aria-hidden />,
};

/** Steps of a verification, in their order: what holds, what does not, and what was never looked at. */
export function StepList({ label, steps }: StepListProps) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps} aria-label={label}>
      {steps.map(({ key, text, state }) => (
        <li key={key} data-state={state}>
          <span className={classes.icon}>{ICONS[state]}</span>
          <span>
            {text}
            <span className={classes.state}>{t(`verify.state.${state}`)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
