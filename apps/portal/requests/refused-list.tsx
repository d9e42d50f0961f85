import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import { usePortalConfig } from '../api/session.js';
import classes from './request-columns.module.css';

/** What was refused, on which ground, and what one can do about it (GDPR Art. 12(4)); nothing where nothing was. */
export function RefusedList({ request: { refused = [], regime } }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const remedies = useRemedies(regime);
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
        {remedies}
      </Text>
    </Alert>
  );
}

/** The CCPA has two authorities, and lets nobody go to court for a refusal (Cal. Civ. Code §§ 1798.150(c), .199.45, .199.90). */
function useRemedies(regime: RequestDetail['regime']): string {
  const { t } = useTranslation();
  const { authority } = usePortalConfig();
  if (regime === 'ccpa') return t('requestPage.remedies.ccpa');
  return authority === undefined
    ? t('requestPage.remedies.gdpr')
    : t('requestPage.remedies.gdprNamed', { authority });
}
