import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RefusalGround, RefusedCategory } from '#libs/portal-contract';

const EVERYTHING = 'everything';

/** The first field of a refusal, ready to be changed. */
export const FIRST_REFUSAL: RefusedCategory = {
  category: EVERYTHING,
  ground: 'art-17-3-b-legal-obligation',
};

const GROUNDS = [
  'art-17-3-a-expression',
  'art-17-3-b-legal-obligation',
  'art-17-3-c-public-health',
  'art-17-3-d-archiving',
  'art-17-3-e-legal-claims',
  'art-12-5-manifestly-unfounded',
  'art-12-6-identity-not-shown',
] as const satisfies readonly RefusalGround[];

interface RefusalFieldsProps {
  readonly refused: readonly RefusedCategory[];
  readonly onChange: (refused: readonly RefusedCategory[]) => void;
}

/** Which categories are refused, each with its ground: all of the request, or a part of it. */
export function RefusalFields({ refused, onChange }: RefusalFieldsProps) {
  const { t } = useTranslation();
  const change = (at: number, part: Partial<RefusedCategory>) =>
    onChange(refused.map((one, index) => (index === at ? { ...one, ...part } : one)));
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
              change(index, { ground: GROUNDS.find((known) => known === value) ?? FIRST_REFUSAL.ground })
            }
            data={GROUNDS.map((known) => ({ value: known, label: t(`request.ground.${known}`) }))}
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
        onClick={() => onChange([...refused, { ...FIRST_REFUSAL, category: '' }])}
      >
        {t('refuse.add')}
      </Button>
    </Stack>
  );
}
