import { Alert, Stack } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServerTrust, type TrustSource } from '../trust/server-trust.js';
import { Loaded } from '../ui/loaded.js';
import { taskOfFiles, type KeptFile } from './kept-files.js';
import { TrustFiles } from './trust-files.js';
import { useVerification } from './use-verification.js';
import { VerificationSteps } from './verification-steps.js';

/** Verifies the files that somebody chose, under the trust files of this server or their own. */
export default function KeptVerification({ files }: { readonly files: readonly KeptFile[] }) {
  const served = useServerTrust();
  return <Loaded query={served}>{(trust) => <Verifying files={files} served={trust} />}</Loaded>;
}

interface VerifyingProps {
  readonly files: readonly KeptFile[];
  readonly served: TrustSource;
}

function Verifying({ files, served }: VerifyingProps) {
  const { t } = useTranslation();
  const { state, begin } = useVerification();
  const [own, setOwn] = useState<TrustSource>();
  const trust = own ?? served;
  const task = useMemo(() => taskOfFiles(files, trust.files), [files, trust]);
  useEffect(() => {
    if (task !== undefined) begin(task);
  }, [begin, task]);
  return (
    <Stack>
      <TrustFiles trust={trust} onChoose={setOwn} />
      {task === undefined ? (
        <Alert color="yellow" title={t('kept.unknown')}>
          {t('kept.unknownText')}
        </Alert>
      ) : (
        <VerificationSteps state={state} />
      )}
    </Stack>
  );
}
