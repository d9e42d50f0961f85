import { Button, Group, Title } from '@mantine/core';
import { IconCertificate, IconFileTypePdf } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { saveFile } from '../ui/save-file.js';

const FORMATS = {
  pdf: { type: 'application/pdf', extension: 'pdf', icon: <IconFileTypePdf size={18} aria-hidden /> },
  bundle: {
    type: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    extension: 'sigstore.json',
    icon: <IconCertificate size={18} aria-hidden />,
  },
} as const;

/** The certificate of a request that has one, to be saved. */
export function CertificateLinks({
  request: { requestId, certificate },
}: {
  readonly request: RequestDetail;
}) {
  const { t } = useTranslation();
  const save = useMutation({
    mutationFn: async (format: keyof typeof FORMATS) => {
      const { type, extension } = FORMATS[format];
      const file = await api.file(`/v1/requests/${encodeURIComponent(requestId)}/certificate`, type);
      saveFile(`${requestId}.${extension}`, file, type);
    },
  });
  if (certificate === undefined) return null;
  return (
    <section>
      <Title order={2} mb="xs">
        {t('officer.certificate')}
      </Title>
      <Group>
        {(['pdf', 'bundle'] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            leftSection={FORMATS[format].icon}
            loading={save.isPending && save.variables === format}
            onClick={() => save.mutate(format)}
          >
            {t(`officer.certificateAs.${format}`)}
          </Button>
        ))}
      </Group>
      {save.isError && <ProblemNotice error={save.error} />}
    </section>
  );
}
