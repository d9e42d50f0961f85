import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { UtilityFigure, Withheld } from '#libs/contracts';
import { useFormat } from '../i18n/format.js';
import tableClasses from '../ui/table-frame.module.css';

const DIGITS = 10; // figures are rounded already

/** A figure with its interval, or why there is none; a dash where nothing was measured. */
export function Figure({ of }: { readonly of: UtilityFigure | Withheld | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  if (of === undefined)
    return (
      <span className={tableClasses.muted}>
        <span aria-hidden>–</span>
        <VisuallyHidden>{t('utility.notMeasured')}</VisuallyHidden>
      </span>
    );
  if ('withheld' in of)
    return <span className={tableClasses.muted}>{t(`utility.withheld.${of.withheld}`)}</span>;
  return `${number(of.value, DIGITS)}\u00a0±\u00a0${number(of.halfWidth, DIGITS)}`;
}
