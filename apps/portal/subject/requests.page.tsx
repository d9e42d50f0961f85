import { Button } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { inReadingOrder } from '../requests/progress.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { useRequests } from './queries.js';
import { RequestLinks } from './request-links.js';

/** All requests of a person. */
export function Component() {
  const { t } = useTranslation();
  const requests = useRequests();
  const ask = (
    <Button component={Link} to="/me/requests/new">
      {t('requests.new')}
    </Button>
  );
  return (
    <Page title={t('requests.title')} lead={t('requests.lead')} actions={ask} width="text">
      <Loaded query={requests}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<IconInbox size={36} stroke={1.4} />} title={t('requests.none')}>
              {t('requests.noneText')}
            </Empty>
          ) : (
            <RequestLinks requests={inReadingOrder(all)} />
          )
        }
      </Loaded>
    </Page>
  );
}
