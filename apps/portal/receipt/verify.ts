import { decryptWith, parseIdentity } from '#libs/age';
import type { UnlearningCertificate } from '#libs/certificate';
import { isCodedError } from '#libs/essentials';
import {
  CLAIM_STEPS,
  composeReceipt,
  verifyCertificate,
  verifyReceipt,
  type ClaimReport,
  type LogPlace,
  type VerifiedStep,
} from '#libs/verification';
import { trustPolicyOf } from '../trust/trust-policy.js';
import type { ShownClaim, ShownStep, VerificationNews, VerificationTask, Verified } from './verification.js';

type Tell = (news: VerificationNews) => void;

/** Verifies what somebody holds, telling every step as it succeeds, and at the end what was established or why it was refused. */
export async function verify(task: VerificationTask, tell: Tell): Promise<void> {
  try {
    tell({ kind: 'plan', steps: planOf(task) });
    tell({ kind: 'verified', verified: await verifiedBy(task, tell) });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const { code, message, nextStep, facts } = error;
    tell({ kind: 'refused', refusal: { code, message, nextStep, facts } });
  }
}

/** In the order in which they are taken: a receipt is read, then the certificate inside is verified, then the rest of the receipt. */
function planOf({ kind }: VerificationTask): ShownStep[] {
  const certificate = stepsOf('certificate');
  if (kind === 'certificate') return certificate;
  const [read, ...rest] = stepsOf('receipt');
  return [read, ...certificate, ...rest];
}

function stepsOf(claim: ShownClaim): ShownStep[] {
  return Object.keys(CLAIM_STEPS[claim]).map((step) => ({ claim, step }));
}

async function verifiedBy(task: VerificationTask, tell: Tell): Promise<Verified> {
  const trust = trustPolicyOf(task.trust);
  const now = Math.floor(Date.now() / 1000);
  const tellStep =
    (claim: ShownClaim) =>
    ({ step }: VerifiedStep): void =>
      tell({ kind: 'step', step: { claim, step } });
  const onCertificateStep = tellStep('certificate');
  if (task.kind === 'certificate')
    return summaryOf(verifyCertificate({ bundle: task.certificate, trust, now, onStep: onCertificateStep }));
  const receipt = task.kind === 'receipt' ? task.receipt : await receiptOf(task);
  const { proofs } = task;
  const report = verifyReceipt({
    receipt,
    proofs,
    trust,
    now,
    onStep: tellStep('receipt'),
    onCertificateStep,
  });
  return { ...summaryOf(report), records: report.records, receipt: new Uint8Array(receipt) };
}

async function receiptOf(task: Extract<VerificationTask, { kind: 'openings' }>): Promise<Uint8Array> {
  const identity = await parseIdentity(task.identity);
  return composeReceipt(await decryptWith(identity, task.openings), task.certificate);
}

function summaryOf(
  report: ClaimReport & { readonly log: LogPlace; readonly certificate: UnlearningCertificate },
): Verified {
  const { request, times, deleted, model } = report.certificate;
  return {
    requestId: request.id,
    kind: request.kind,
    completedAt: times.completed,
    deleted: deleted.count,
    log: report.log,
    ...(model !== null && { shards: { rebuilt: model.affectedShards.length, of: model.partition.shards } }),
    notProven: report.notProven,
  };
}
