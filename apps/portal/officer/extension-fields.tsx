import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ExtendBody } from '#libs/portal-contract';

type Reasons = ExtendBody['reasons'];
const REASONS = ['complexity', 'number-of-requests'] as const satisfies Reasons;

interface ExtensionFieldsProps {
  /** Of the requests; absent where they are of several. */
  readonly regime?: 'gdpr' | 'ccpa';
  readonly reasons: Reasons;
  readonly onChange: (reasons: Reasons) => void;
}

/** The two reasons that Art. 12(3) knows; the person is told those that are given. */
export function ExtensionFields({ regime = 'gdpr', reasons, onChange }: ExtensionFieldsProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t('extend.reasons')}
      description={t(`extend.hint.${regime}`)}
      value={[...reasons]}
      onChange={(chosen) => onChange(REASONS.filter((reason) => chosen.includes(reason)))}
    >
      <Stack gap="xs" mt="xs">
        {REASONS.map((reason) => (
          <Checkbox key={reason} value={reason} label={t(`extend.reason.${reason}`)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
