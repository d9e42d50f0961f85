import { Group, Pagination, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Page } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';

interface PagerProps {
  readonly page: Omit<Page<unknown>, 'rows'>;
  readonly onChange: (page: number) => void;
}

/** Below a list that the server cuts into pages: where one is, and the way to the others. */
export function Pager({ page: { page, size, total }, onChange }: PagerProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  if (total === 0) return null;
  const shown = {
    from: number((page - 1) * size + 1),
    until: number(Math.min(page * size, total)),
    total: number(total),
  };
  return (
    <Group component="nav" aria-label={t('common.pages')} justify="space-between" mt="md">
      <Text size="sm" c="dimmed">
        {t('common.shown', shown)}
      </Text>
      {total > size && (
        <Pagination
          size="sm"
          value={page}
          total={Math.ceil(total / size)}
          onChange={onChange}
          getControlProps={(control) => ({ 'aria-label': t(`common.pager.${control}`) })}
          getItemProps={(item) => ({ 'aria-label': t('common.pageNumber', { page: number(item) }) })}
        />
      )}
    </Group>
  );
}
