import { useTranslation } from 'react-i18next';
import type { PreviewView, RequestKindView, ScopeBody } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { Loaded } from '../ui/loaded.js';
import classes from './preview.module.css';
import { usePreview } from './queries.js';

/** What a request would do, before anything is done. */
export function Preview({ kind, scope }: { readonly kind: RequestKindView; readonly scope?: ScopeBody }) {
  const preview = usePreview({ kind, scope });
  return <Loaded query={preview}>{(data) => <Effects preview={data} />}</Loaded>;
}

function Effects({ preview: { erasable, retained, lines, recipients } }: { readonly preview: PreviewView }) {
  const { t } = useTranslation();
  const { number, duration } = useFormat();
  return (
    <ul className={classes.effects} aria-label={t('preview.title')}>
      <li className={classes.main}>
        <strong>{number(erasable)}</strong> {t('preview.erasable', { count: erasable })}
      </li>
      {retained.map(({ records, ground }) => (
        <li key={ground}>
          <strong>{number(records)}</strong>{' '}
          {t('preview.retained', { count: records, ground: t(`request.ground.${ground}`) })}
        </li>
      ))}
      {lines
        .filter(({ shards }) => shards.length > 0)
        .map(({ line, shards, ofShards, estimatedSeconds }) => (
          <li key={line}>
            {t('preview.shards', {
              count: shards.length,
              shown: number(shards.length),
              of: number(ofShards),
            })}
            {estimatedSeconds !== undefined && ` ${t('preview.takes', { time: duration(estimatedSeconds) })}`}
          </li>
        ))}
      {recipients > 0 && <li>{t('preview.recipients', { count: recipients, shown: number(recipients) })}</li>}
    </ul>
  );
}
