import { Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Effects } from '../requests/effects.js';
import { Loaded } from '../ui/loaded.js';
import { useStaffPreview } from './queries.js';

/** What a request would do if it were carried out now. */
export function StaffPreview({ requestId }: { readonly requestId: string }) {
  const { t } = useTranslation();
  const preview = useStaffPreview(requestId);
  return (
    <section>
      <Title order={2} mb="xs">
        {t('preview.title')}
      </Title>
      <Loaded query={preview}>{(data) => <Effects preview={data} />}</Loaded>
    </section>
  );
}
