import { Radio } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './kind-choice.module.css';
import { askedKind, type AskedKind } from './request-kinds.js';

interface KindChoiceProps<K extends AskedKind> {
  readonly kinds: readonly K[];
  readonly kind: K | undefined;
  readonly onChange: (kind: K) => void;
}

/** The kinds of requests, each in plain words. */
export function KindChoice<K extends AskedKind>({ kinds, kind, onChange }: KindChoiceProps<K>) {
  const { t } = useTranslation();
  return (
    <Radio.Group
      label={t('kindChoice.label')}
      value={kind ?? ''}
      onChange={(value) => onChange(askedKind(value, kinds)!)}
      classNames={{ label: classes.label }}
    >
      <div className={classes.kinds}>
        {kinds.map((one) => (
          <Radio
            key={one}
            value={one}
            label={t(`request.kind.${one}.name`)}
            description={t(`request.kind.${one}.text`)}
            classNames={{ root: classes.kind, body: classes.body, labelWrapper: classes.words }}
          />
        ))}
      </div>
    </Radio.Group>
  );
}
