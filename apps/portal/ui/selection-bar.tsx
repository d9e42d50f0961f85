import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './selection-bar.module.css';

interface SelectionBarProps {
  readonly label: string;
  /** How many are chosen, in words. */
  readonly chosen: string;
  readonly onClear: () => void;
  /** What can be done with them. */
  readonly actions: ReactNode;
  /** Dialogs, and why something did not work. */
  readonly children?: ReactNode;
}

/** Stays in sight below a list from which rows were chosen. */
export function SelectionBar({ label, chosen, onClear, actions, children }: SelectionBarProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.bar} role="region" aria-label={label}>
      <span aria-live="polite">{chosen}</span>
      <span className={classes.actions}>
        <Button variant="subtle" color="gray" onClick={onClear}>
          {t('common.chooseNone')}
        </Button>
        {actions}
      </span>
      {children}
    </div>
  );
}
