import { Alert, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { StepOf } from '#libs/verification';
import { useFormat } from '../i18n/format.js';
import { StepList } from '../ui/step-list.js';
import { useWordsOf } from '../ui/use-problem-words.js';
import { useNotProvenWords } from './use-not-proven-words.js';
import type { Refusal, VerificationState, Verified } from './verification.js';
import classes from './verification-steps.module.css';

type Step = VerificationState['steps'][number];

/** What was verified, step by step; then the result, and what it leaves open. */
export function VerificationSteps({
  state: { steps, verified, refusal },
}: {
  readonly state: VerificationState;
}) {
  const { t } = useTranslation();
  return (
    <div className={classes.verification}>
      <StepList
        label={t('verify.steps')}
        steps={steps.map((step) => ({
          key: `${step.claim} ${step.step}`,
          text: <StepWords step={step} />,
          state: step.state,
        }))}
      />
      <div aria-live="assertive">
        {refusal !== undefined && <Refused refusal={refusal} />}
        {verified !== undefined && <Result verified={verified} />}
      </div>
      {verified !== undefined && <NotProven verified={verified} />}
    </div>
  );
}

function StepWords({ step: { claim, step } }: { readonly step: Step }) {
  const { t } = useTranslation();
  return claim === 'receipt'
    ? t(`verify.receipt.${step as StepOf<'receipt'>}`)
    : t(`verify.certificate.${step as StepOf<'certificate'>}`);
}

function Refused({ refusal }: { readonly refusal: Refusal }) {
  const { t } = useTranslation();
  const { title, nextStep } = useWordsOf(refusal);
  return (
    <Alert color="red" title={t('verify.refused')}>
      <Text size="sm">{title}</Text>
      {nextStep !== undefined && <Text size="sm">{nextStep}</Text>}
      <Text size="xs" c="dimmed" mt={4} className="mono">
        {refusal.code}
      </Text>
    </Alert>
  );
}

function Result({
  verified: { kind, completedAt, deleted, log, shards, records },
}: {
  readonly verified: Verified;
}) {
  const { t } = useTranslation();
  const { number, date } = useFormat();
  return (
    <Alert color="green" title={t('verify.verified')}>
      <ul className={classes.results}>
        <li>
          {t(`verify.result.${kind}`, { count: deleted, shown: number(deleted), date: date(completedAt) })}
        </li>
        {shards !== undefined && (
          <li>{t('verify.result.shards', { rebuilt: number(shards.rebuilt), of: number(shards.of) })}</li>
        )}
        <li>
          {t('verify.result.log', { index: number(log.index), origin: log.origin, size: number(log.size) })}
        </li>
        {records !== undefined && (
          <li>
            {t('verify.result.compared', {
              compared: number(records.compared),
              count: number(records.count),
            })}
          </li>
        )}
      </ul>
    </Alert>
  );
}

function NotProven({ verified: { notProven } }: { readonly verified: Verified }) {
  const { t } = useTranslation();
  const words = useNotProvenWords();
  return (
    <section>
      <Title order={3} mb="xs">
        {t('verify.notProven')}
      </Title>
      <ul className={classes.notProven}>
        {notProven.map(({ code, meaning }) => (
          <li key={code}>{words(code, meaning)}</li>
        ))}
      </ul>
    </section>
  );
}
