import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { REFUSAL_GROUNDS, type Regime } from '#libs/contracts';
import type { RefusalGround, RefusedCategory } from '#libs/portal-contract';

const EVERYTHING = 'everything';

const USUAL = {
  gdpr: 'art-17-3-b-legal-obligation',
  ccpa: 'ccpa-105-d-8-legal-obligation',
} as const satisfies Readonly<Record<Regime, RefusalGround>>;

/** The first field of a refusal, ready to be changed. */
export function firstRefusal(regime: Regime): RefusedCategory {
  return { category: EVERYTHING, ground: USUAL[regime] };
}

interface RefusalFieldsProps {
  /** By whose laws the requests are answered: their grounds are offered. */
  readonly regimes: readonly Regime[];
  readonly refused: readonly RefusedCategory[];
  readonly onChange: (refused: readonly RefusedCategory[]) => void;
}

/** Which categories are refused, each with its ground: all of the request, or a part of it. */
export function RefusalFields({ regimes, refused, onChange }: RefusalFieldsProps) {
  const { t } = useTranslation();
  const change = (at: number, part: Partial<RefusedCategory>) =>
    onChange(refused.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const grounds: readonly RefusalGround[] = regimes.flatMap((regime) => REFUSAL_GROUNDS[regime]);
  const groups = regimes.map((regime) => ({
    group: t(`refuse.law.${regime}`),
    items: REFUSAL_GROUNDS[regime].map((ground) => ({ value: ground, label: t(`request.ground.${ground}`) })),
  }));
  return (
    <Stack gap="sm">
      {refused.map(({ category, ground }, index) => (
        <Group key={index} align="flex-end" grow preventGrowOverflow={false}>
          <TextInput
            label={t('refuse.category')}
            description={index === 0 ? t('refuse.categoryHint', { everything: EVERYTHING }) : undefined}
            required
            maxLength={100}
            value={category}
            onChange={({ currentTarget }) => change(index, { category: currentTarget.value })}
          />
          <NativeSelect
            label={t('refuse.ground')}
            value={ground}
            onChange={({ currentTarget: { value } }) =>
              change(index, { ground: grounds.find((known) => known === value) ?? ground })
            }
            data={groups}
          />
          {refused.length > 1 && (
            <Button
              variant="subtle"
              color="gray"
              flex="none"
              onClick={() => onChange(refused.filter((_, other) => other !== index))}
            >
              {t('refuse.remove')}
            </Button>
          )}
        </Group>
      ))}
      <Button
        variant="light"
        size="xs"
        w="fit-content"
        onClick={() => onChange([...refused, { ...firstRefusal(regimes[0]), category: '' }])}
      >
        {t('refuse.add')}
      </Button>
    </Stack>
  );
}
