import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClockPause,
  IconClockExclamation,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ClockView, Light } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import classes from './deadline.module.css';

const ICONS = {
  green: IconCircleCheck,
  amber: IconClockExclamation,
  red: IconAlertTriangle,
  none: IconClockPause,
} as const satisfies Record<Light, unknown>;

/** How a request stands against its deadline: a light, which also has a shape and words. */
export function Deadline({ clock }: { readonly clock: ClockView }) {
  const { t } = useTranslation();
  const { date } = useFormat();
  const Icon = ICONS[clock.light];
  return (
    <span className={classes.deadline} data-light={clock.light}>
      <Icon size={18} aria-hidden />
      <span>
        <span className={classes.words}>{useRemaining(clock)}</span>
        <span className={classes.date}>
          <span className={classes.piece}>{t('officer.dueOn', { date: date(clock.dueAt) })}</span>
          {clock.extended && (
            <>
              {' '}
              <span className={classes.piece}>· {t('officer.extended')}</span>
            </>
          )}
        </span>
      </span>
    </span>
  );
}

function useRemaining({ light, daysLeft, suspendedSince }: ClockView): string {
  const { t } = useTranslation();
  if (suspendedSince !== undefined) return t('officer.suspended');
  if (light === 'none') return t('officer.light.none');
  return daysLeft < 0
    ? t('officer.overdue', { count: -daysLeft })
    : t('officer.daysLeft', { count: daysLeft });
}
