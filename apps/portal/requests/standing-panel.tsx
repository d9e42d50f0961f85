import { Paper, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import type { LiveState } from '../api/use-live.js';
import { useFormat } from '../i18n/format.js';
import { isOver, progressOf, standingOf, type Standing } from './progress.js';
import classes from './request-columns.module.css';
import { StandingBadge } from './standing-badge.js';

interface StandingPanelProps {
  readonly request: RequestDetail;
  readonly live: LiveState;
  /** What its standing means to whoever reads it. */
  readonly wordsOf: (standing: Standing) => string;
  readonly children: ReactNode;
}

/** How a request stands, in words and by its parts; what follows depends on the reader. */
export function StandingPanel({ request, live, wordsOf, children }: StandingPanelProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const standing = standingOf(request);
  const { done, of } = progressOf(request.parts);
  return (
    <Paper component="section" className={classes.status}>
      <div className={classes.standing}>
        <StandingBadge standing={standing} />
        {!isOver(standing) && (
          <Text size="sm" c="dimmed" className={classes.live}>
            {t(`requestPage.live.${live}`)}
          </Text>
        )}
      </div>
      <Text size="lg" aria-live="polite">
        {wordsOf(standing)}
      </Text>
      {of > 1 && !isOver(standing) && (
        <Progress
          value={(done / of) * 100}
          aria-label={t('request.partsDone', { done: number(done), of: number(of) })}
        />
      )}
      {children}
    </Paper>
  );
}
