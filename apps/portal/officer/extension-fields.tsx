import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Regime } from '#libs/contracts';
import type { ExtendBody } from '#libs/portal-contract';

type Reasons = ExtendBody['reasons'];
const REASONS = ['complexity', 'number-of-requests'] as const satisfies Reasons;

interface ExtensionFieldsProps {
  /** By whose laws the requests are answered. */
  readonly regimes: readonly Regime[];
  readonly reasons: Reasons;
  readonly onChange: (reasons: Reasons) => void;
}

/** The two reasons that GDPR Art. 12(3) knows, which do under any law; the person is told those that are given. */
export function ExtensionFields({ regimes, reasons, onChange }: ExtensionFieldsProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t('extend.reasons')}
      description={regimes.map((regime) => t(`extend.hint.${regime}`)).join(' ')}
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
