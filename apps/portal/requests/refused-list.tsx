import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RefusedCategory } from '#libs/portal-contract';
import { usePortalConfig } from '../api/session.js';
import classes from './request-columns.module.css';

/** What was refused, on which ground, and what one can do about it (Art. 12(4)); nothing where nothing was. */
export function RefusedList({ refused = [] }: { readonly refused?: readonly RefusedCategory[] }) {
  const { t } = useTranslation();
  const { authority } = usePortalConfig();
  if (refused.length === 0) return null;
  return (
    <Alert color="gray" title={t('requestPage.refusedTitle')}>
      <ul className={classes.refused}>
        {refused.map(({ category, ground }) => (
          <li key={category}>
            <strong>{category === 'everything' ? t('requestPage.everything') : category}</strong>:{' '}
            {t(`request.ground.${ground}`)}
          </li>
        ))}
      </ul>
      <Text size="sm" mt="xs">
        {t('requestPage.remedies', { authority })}
      </Text>
    </Alert>
  );
}
