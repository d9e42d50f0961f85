import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Navigate } from 'react-router';
import { useSession } from '../api/session.js';
import { homeOf } from '../shell/navigation.js';
import { Page } from '../ui/page.js';

/** Leads members of staff to the first page that their roles open; the OIDC provider sends them here. */
export function Component() {
  const { t } = useTranslation();
  const session = useSession();
  const home = homeOf(session);
  if (home !== '/staff') return <Navigate to={home} replace />;
  return (
    <Page title={t('staff.homeTitle')} width="text">
      <Text>{t('staff.homeText')}</Text>
    </Page>
  );
}
