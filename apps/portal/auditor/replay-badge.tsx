import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ReplayView } from '#libs/portal-contract';

const COLOURS: Readonly<Record<ReplayView['state'], string>> = {
  queued: 'gray',
  running: 'ink',
  matched: 'green',
  diverged: 'red',
  partial: 'yellow',
  failed: 'red',
  cancelled: 'gray',
};

export function ReplayBadge({ state }: { readonly state: ReplayView['state'] }) {
  const { t } = useTranslation();
  return <Badge color={COLOURS[state]}>{t(`replay.is.${state}`)}</Badge>;
}
