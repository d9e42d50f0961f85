import { useTranslation } from 'react-i18next';
import type { PreviewView } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import classes from './effects.module.css';

/** What a request would do, told as a list. */
export function Effects({
  preview: { erasable, retained, lines, recipients },
}: {
  readonly preview: PreviewView;
}) {
  const { t } = useTranslation();
  const { number, duration } = useFormat();
  return (
    <ul className={classes.effects} aria-label={t('preview.title')}>
      <li className={classes.main}>
        {erasable === 0 ? (
          t('preview.nothing')
        ) : (
          <>
            <strong>{number(erasable)}</strong> {t('preview.erasable', { count: erasable })}
          </>
        )}
      </li>
      {retained.map(({ records, ground }) => (
        <li key={ground}>
          <strong>{number(records)}</strong>{' '}
          {t('preview.retained', { count: records, ground: t(`request.ground.${ground}`) })}
        </li>
      ))}
      {lines
        .filter(({ shards }) => shards.length > 0)
        .map(({ line, shards, ofShards, estimatedSeconds, waitSeconds }) => (
          <li key={line}>
            {t('preview.shards', {
              count: shards.length,
              shown: number(shards.length),
              of: number(ofShards),
            })}
            {estimatedSeconds !== undefined && ` ${t('preview.takes', { time: duration(estimatedSeconds) })}`}
            {waitSeconds !== undefined && ` ${t('preview.waits', { time: duration(waitSeconds) })}`}
          </li>
        ))}
      {recipients > 0 && <li>{t('preview.recipients', { count: recipients, shown: number(recipients) })}</li>}
    </ul>
  );
}
