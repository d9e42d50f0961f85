import { Alert, List, Paper, Stack, Text, Title } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { StepOf } from '#libs/verification';
import { useFormat } from '../i18n/format.js';
import { TrustPanel } from '../trust/trust-panel.js';
import { useTrust } from '../trust/use-trust.js';
import classes from '../ui/columns.module.css';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Panel } from '../ui/panel.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { StepList } from '../ui/step-list.js';
import { AbsentVersions } from './absent-versions.js';
import type { CertificateFiles, CertificateStep, CertificateVerdict } from './certificate-check.js';
import type { CheckedSteps } from './checked-steps.js';
import { Verdict } from './checked-step-list.js';
import { LineageDiagram } from './lineage-diagram.js';
import { lineageOf } from './lineage.js';
import { useNotProvenWords } from '../receipt/use-not-proven-words.js';

interface CertificateVerificationProps {
  readonly files: CertificateFiles;
  /** Tells one set of files from another. */
  readonly id: string;
}

/** Verifies a certificate with all that was given beside it, in this browser, and shows what may now be believed. */
export function CertificateVerification({ files, id }: CertificateVerificationProps) {
  const { t } = useTranslation();
  const { choice, files: trust } = useTrust();
  const checked = useQuery({
    queryKey: ['certificate-check', id, Object.keys(files).join(), choice.id],
    queryFn:
      trust === undefined
        ? skipToken
        : async () => {
            const { checkCertificate } = await import('./certificate-check.js');
            return checkCertificate(files, trust, Math.floor(Date.now() / 1000));
          },
    staleTime: Infinity,
  });
  return (
    <Stack>
      {trust === undefined && choice.source === 'own' ? (
        <Alert color="gray">{t('trusted.missing')}</Alert>
      ) : (
        <Loaded query={checked}>{(found) => <Checked checked={found} />}</Loaded>
      )}
      <TrustPanel />
    </Stack>
  );
}

function Checked({ checked }: { readonly checked: CheckedSteps<CertificateStep, CertificateVerdict> }) {
  const { t } = useTranslation();
  const { result, refusal, steps } = checked;
  const refused = steps.find(({ state }) => state === 'refused')?.step;
  return (
    <Stack>
      {result !== undefined && (
        <>
          <Verdict>{t('certificate.verified')}</Verdict>
          <Paper component="section" aria-labelledby="lineage-title">
            <Title order={2} size="h3" id="lineage-title" mb="sm">
              {t('lineage.title')}
            </Title>
            <LineageDiagram lineage={lineageOf(result.certificate)} />
          </Paper>
        </>
      )}
      {refusal !== undefined && (
        <Stack gap="xs">
          <ProblemNotice error={refusal} />
          {refused !== undefined && (
            <Text size="sm" fw={600}>
              {t('certificate.refusedAt')} <StepWords step={refused} />
            </Text>
          )}
        </Stack>
      )}
      <div className={classes.columns}>
        <Panel title={t('certificate.steps')}>
          <ClaimSteps steps={steps} />
        </Panel>
        {result !== undefined && (
          <Stack>
            <Said verdict={result} />
            <NotProven verdict={result} />
          </Stack>
        )}
      </div>
    </Stack>
  );
}

const CLAIMS = ['certificate', 'deletion', 'absence'] as const;

function ClaimSteps({ steps }: { readonly steps: CheckedSteps<CertificateStep, unknown>['steps'] }) {
  const { t } = useTranslation();
  return CLAIMS.map((claim) => {
    const own = steps.filter(
      ({ step }) => step.startsWith(`${claim}.`) || (step === 'trust' && claim === 'certificate'),
    );
    if (own.length === 0) return null;
    return (
      <section key={claim}>
        <Title order={3} size="h5" mt="sm">
          {t(`certificate.claim.${claim}`)}
        </Title>
        <StepList
          label={t(`certificate.claim.${claim}`)}
          steps={own.map(({ step, state }) => ({ key: step, text: <StepWords step={step} />, state }))}
        />
      </section>
    );
  });
}

function StepWords({ step }: { readonly step: CertificateStep }) {
  const { t } = useTranslation();
  const [claim, name] = step.split('.');
  switch (claim) {
    case 'certificate':
      return t(`verify.certificate.${name as StepOf<'certificate'>}`);
    case 'deletion':
      return t(`certificate.deletion.${name as StepOf<'deletion'>}`);
    case 'absence':
      return t(`certificate.absence.${name as StepOf<'absence'>}`);
    default:
      return t('entry.step.trust');
  }
}

/** What the certificate says, now that it may be believed. */
function Said({
  verdict: { certificate, log, deletion, absence },
}: {
  readonly verdict: CertificateVerdict;
}) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const { request, times, erasure, backups, recipientsNotified } = certificate;
  return (
    <Panel title={t('entry.content')}>
      <Facts
        of={[
          [
            t('statement.fact.request'),
            <Digest key="id" value={request.id} of={t('statement.fact.request')} />,
          ],
          [t('statement.fact.ground'), t(`certificate.ground.${request.legalGround}`)],
          [t('statement.fact.received'), dateTime(times.received)],
          [t('certificate.due'), dateTime(times.due)],
          [t('statement.fact.completed'), dateTime(times.completed)],
          [t('statement.fact.deleted'), number(certificate.deleted.count)],
          [
            t('certificate.left'),
            deletion &&
              t('certificate.leftOf', { left: number(deletion.left), never: number(deletion.neverThere) }),
          ],
          [
            t('certificate.keys'),
            t('certificate.keysAt', {
              count: erasure.keysDestroyed.count,
              at: dateTime(erasure.keysDestroyed.destroyedAt),
            }),
          ],
          [t('certificate.kept'), number(erasure.carriedForward)],
          [
            t('certificate.backups'),
            backups.expiry === 'none-kept' ? t('certificate.noBackups') : dateTime(backups.expiry),
          ],
          [
            t('certificate.recipients'),
            recipientsNotified.length === 0 ? t('certificate.noRecipients') : recipientsNotified.join(', '),
          ],
          [
            t('certificate.logged'),
            t('certificate.loggedAt', { index: number(log.index), size: number(log.size) }),
          ],
        ]}
      />
      {absence !== undefined && <AbsentVersions versions={absence.versions} />}
    </Panel>
  );
}

function NotProven({ verdict: { notProven } }: { readonly verdict: CertificateVerdict }) {
  const { t } = useTranslation();
  const words = useNotProvenWords();
  return (
    <Panel title={t('verify.notProven')}>
      <List size="sm" spacing={6} c="dimmed">
        {notProven.map(({ code, meaning }) => (
          <List.Item key={code}>{words(code, meaning)}</List.Item>
        ))}
      </List>
    </Panel>
  );
}
