import { Loader } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCircle, IconMinus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PartView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import classes from './parts-list.module.css';

interface PartsListProps {
  readonly parts: readonly PartView[];
  /** Whether each part is explained, to the person whose records they are. */
  readonly isExplained?: boolean;
}

/** The parts of a request in their order, each with how far it is. */
export function PartsList({ parts, isExplained = true }: PartsListProps) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  return (
    <ol className={classes.parts} aria-label={t('request.parts')}>
      {parts.map(({ part, state, done, of, at, setback }) => (
        <li key={part} className={classes.part} data-state={state}>
          <span className={classes.icon}>{ICONS[state]}</span>
          <span>
            <span className={classes.name}>{t(`request.part.${part}.name`)}</span>
            {isExplained && <span className={classes.text}>{t(`request.part.${part}.text`)}</span>}
          </span>
          <span className={classes.state}>
            {t(`request.partState.${state}`)}
            {state !== 'not-needed' && of !== undefined && of > 1 && (
              <span> · {t('request.doneOf', { done: number(done ?? 0), of: number(of) })}</span>
            )}
            {at !== undefined && <time dateTime={at}>{dateTime(at)}</time>}
            {setback && (
              <time dateTime={setback.since}>
                {t('request.heldUpSince', { since: dateTime(setback.since) })}
              </time>
            )}
            {setback?.code !== undefined && <code>{setback.code}</code>}
          </span>
        </li>
      ))}
    </ol>
  );
}

const ICONS: Record<PartView['state'], ReactNode> = {
  waiting: <IconCircle size={18} aria-hidden />,
  running: <Loader size={16} aria-hidden />,
  done: <IconCheck size={18} aria-hidden />,
  'not-needed': <IconMinus size={18} aria-hidden />,
  failed: <IconAlertTriangle size={18} aria-hidden />,
};
