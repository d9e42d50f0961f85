import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { useAnnounce } from '../ui/announcer.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import classes from './cancel-request.module.css';
import { useCancel } from './queries.js';

/** As long as nothing has been destroyed, a request can be taken back. */
export function CancelRequest({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const announce = useAnnounce();
  const cancel = useCancel(request.requestId);
  const { graceUntil } = request.clock;
  if (!request.actions.includes('cancel')) return null;
  return (
    <div className={classes.cancel}>
      <Text size="sm" c="dimmed">
        {graceUntil === undefined ? t('cancel.text') : t('cancel.until', { until: dateTime(graceUntil) })}
      </Text>
      <Button
        variant="default"
        size="sm"
        loading={cancel.isPending}
        onClick={() => cancel.mutate(undefined, { onSuccess: () => announce(t('cancel.done')) })}
      >
        {t('cancel.button')}
      </Button>
      {cancel.isError && <ProblemNotice error={cancel.error} />}
    </div>
  );
}
