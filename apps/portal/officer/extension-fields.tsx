import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ExtendBody } from '#libs/portal-contract';

type Reasons = ExtendBody['reasons'];
const REASONS = ['complexity', 'number-of-requests'] as const satisfies Reasons;

interface ExtensionFieldsProps {
  readonly reasons: Reasons;
  readonly onChange: (reasons: Reasons) => void;
}

/** The two reasons that Art. 12(3) knows; the person is told those that are given. */
export function ExtensionFields({ reasons, onChange }: ExtensionFieldsProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t('extend.reasons')}
      description={t('extend.hint')}
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
