import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format.js';
import type { Lineage, ShardLineage } from './lineage.js';
import classes from './lineage-diagram.module.css';

/** From the deleted labels over the shards and the files of the model to what serves, left to right or one below the other. */
export function LineageDiagram({ lineage: { deleted, model } }: { readonly lineage: Lineage }) {
  const { t } = useTranslation();
  const { number, dateTime, list } = useFormat();
  return (
    <ol className={classes.flow}>
      <li>
        <h3>{t('lineage.labels')}</h3>
        <p className={classes.figure}>{number(deleted.count)}</p>
        <p>{t('lineage.labelsText', { count: deleted.count })}</p>
        <Change label={t('lineage.mapRoot')} after={deleted.mapRoot} />
      </li>
      {model === undefined ? (
        <li>
          <h3>{t('lineage.noModel')}</h3>
          <p>{t('lineage.noModelText')}</p>
        </li>
      ) : (
        <>
          <li>
            <h3>{t('lineage.shards')}</h3>
            {model.rebuilt.map((shard) => (
              <RebuiltShard key={shard.shard} shard={shard} />
            ))}
            {model.untouched.length > 0 && (
              <p className={classes.muted}>
                {t('lineage.untouched', { shards: list(model.untouched.map(String)) })}
              </p>
            )}
          </li>
          <li>
            <h3>{t('lineage.files')}</h3>
            {model.rebuilt.map(({ shard, before, after }) => (
              <Change
                key={shard}
                label={t('lineage.subModel', { shard })}
                before={before.digest}
                after={after.digest}
              />
            ))}
            <Change
              label={t('lineage.aggregator')}
              before={model.aggregatorChanged ? model.aggregator.before : undefined}
              after={model.aggregator.after}
            />
            <Change
              label={t('lineage.manifest')}
              before={model.versionStayed ? undefined : model.before.digest}
              after={model.after.digest}
            />
          </li>
          <li>
            <h3>{t('lineage.serves')}</h3>
            <p>
              <Badge color="green">
                {t('ledger.versionOf', { line: model.line, version: model.after.version })}
              </Badge>
            </p>
            <p>
              {t(model.versionStayed ? 'lineage.stayed' : 'lineage.since', {
                at: dateTime(model.servesFrom),
              })}
            </p>
            {model.revoked.length > 0 && (
              <p>
                {t('lineage.revoked')}{' '}
                {model.revoked.map((version) => (
                  <Badge key={version} color="red" td="line-through">
                    {t('ledger.versionOf', { line: model.line, version })}
                  </Badge>
                ))}
              </p>
            )}
          </li>
        </>
      )}
    </ol>
  );
}

function RebuiltShard({ shard: { shard, before, after, delta } }: { readonly shard: ShardLineage }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <div className={classes.shard}>
      <strong>{t('lineage.shard', { shard })}</strong>
      <p>
        {number(before.count)} → {number(after.count)} {t('lineage.records')}
      </p>
      <p className={classes.muted}>
        {delta === undefined
          ? t('lineage.deltaLost')
          : t('lineage.delta', { deleted: number(delta.deleted), added: number(delta.added) })}
      </p>
      <Change label={t('lineage.datasetRoot')} before={before.datasetRoot} after={after.datasetRoot} />
    </div>
  );
}

interface ChangeProps {
  readonly label: string;
  /** Absent where it did not change. */
  readonly before?: string;
  readonly after: string;
}

function Change({ label, before, after }: ChangeProps) {
  const { t } = useTranslation();
  return (
    <p className={classes.change}>
      <span>{label}</span>
      <code>
        {before !== undefined && (
          <>
            <del title={before}>{before.slice(0, 8)}</del>{' '}
            <span aria-label={t('lineage.became')}>→</span>{' '}
          </>
        )}
        <span title={after}>{after.slice(0, 8)}</span>
      </code>
    </p>
  );
}
