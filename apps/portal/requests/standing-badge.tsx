import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Standing } from './progress.js';

const COLOURS: Record<Standing, string> = {
  'awaiting-identity': 'gray',
  'in-review': 'ink',
  'on-hold': 'yellow',
  'in-progress': 'ink',
  'partly-done': 'ink',
  restricted: 'yellow',
  completed: 'green',
  refused: 'gray',
  cancelled: 'gray',
  expired: 'gray',
  failed: 'red',
};

export function StandingBadge({ standing }: { readonly standing: Standing }) {
  const { t } = useTranslation();
  return <Badge color={COLOURS[standing]}>{t(`request.standing.${standing}`)}</Badge>;
}
