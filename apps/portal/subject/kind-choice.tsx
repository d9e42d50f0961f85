import { Radio } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './kind-choice.module.css';
import { askedKind, KINDS, type AskedKind } from './request-kinds.js';

interface KindChoiceProps {
  readonly kind: AskedKind | undefined;
  readonly onChange: (kind: AskedKind) => void;
}

/** The kinds of requests, each in plain words. */
export function KindChoice({ kind, onChange }: KindChoiceProps) {
  const { t } = useTranslation();
  return (
    <Radio.Group
      label={t('kindChoice.label')}
      value={kind ?? ''}
      onChange={(value) => onChange(askedKind(value)!)}
      classNames={{ label: classes.label }}
    >
      <div className={classes.kinds}>
        {KINDS.map((one) => (
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
