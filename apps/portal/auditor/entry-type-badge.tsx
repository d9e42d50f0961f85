import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { EntryType } from '#libs/portal-contract';

/** The kind of an entry, in words; certificates stand out, since most come for them. */
export function EntryTypeBadge({ type }: { readonly type: EntryType }) {
  const { t } = useTranslation();
  return <Badge color={type === 'certificate' ? 'ink' : 'gray'}>{t(`entryType.${type}`)}</Badge>;
}
