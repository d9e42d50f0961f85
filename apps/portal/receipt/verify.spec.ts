import { describe, expect, it } from '@jest/globals';
import { encryptTo, newIdentity, recipientOf } from '#libs/age';
import { openingsDocument } from '#libs/certificate';
import { fromUtf8, utf8 } from '#libs/essentials';
import { honestReceipt, honestTrustFiles, receiptFile } from '#libs/testkit';
import { afterNews, NOT_BEGUN, type VerificationNews, type VerificationTask } from './verification.js';
import { verify } from './verify.js';

const trust = honestTrustFiles();
const honest = honestReceipt();

async function newsOf(task: VerificationTask) {
  const told: VerificationNews[] = [];
  await verify(task, (news) => told.push(news));
  return { told, state: told.reduce(afterNews, NOT_BEGUN) };
}

const statesOf = ({ state }: Awaited<ReturnType<typeof newsOf>>) =>
  new Set(state.steps.map((step) => step.state));

describe('verifying a receipt in the browser', () => {
  it('tells all steps first, then each as it is verified, in that order', async () => {
    const { told, state } = await newsOf({
      kind: 'receipt',
      receipt: receiptFile(honest),
      proofs: honest.proofs,
      trust,
    });
    const [plan, ...news] = told;
    expect(plan.kind).toBe('plan');
    expect(news.flatMap((one) => (one.kind === 'step' ? [one.step] : []))).toEqual(
      plan.kind === 'plan' ? plan.steps : [],
    );
    expect(state.verified).toMatchObject({
      requestId: 'req-1',
      deleted: 3,
      records: { count: 3, compared: 3 },
    });
    expect(state.verified?.notProven).not.toEqual([]);
  });

  it('opens what was sealed for the person, and hands out the receipt', async () => {
    const identity = await newIdentity();
    const openings = await encryptTo(await recipientOf(identity), utf8(openingsDocument(honest)));
    const { state } = await newsOf({
      kind: 'openings',
      openings,
      identity,
      certificate: honest.certificate,
      trust,
    });
    expect(fromUtf8(state.verified!.receipt!).trimEnd()).toBe(fromUtf8(receiptFile(honest)));
    expect(state.verified?.notProven.map(({ code }) => code)).toContain('RECEIPT_VALUES');
  });

  it('refuses openings that are sealed for somebody else, before any step', async () => {
    const openings = await encryptTo(await recipientOf(await newIdentity()), utf8(openingsDocument(honest)));
    const identity = await newIdentity();
    const result = await newsOf({
      kind: 'openings',
      openings,
      identity,
      certificate: honest.certificate,
      trust,
    });
    expect(result.state.refusal?.code).toBe('AGE_FILE_OF_ANOTHER');
    expect(statesOf(result)).toEqual(new Set(['refused', 'waiting']));
  });

  it('stops at the step that does not hold', async () => {
    const receipt = utf8(fromUtf8(receiptFile(honest)).replace('"item":"i1"', '"item":"i9"'));
    const { state } = await newsOf({ kind: 'receipt', receipt, trust });
    expect(state.refusal?.code).toBe('RECEIPT_LABEL_MISMATCH');
    expect(state.steps.find((step) => step.state === 'refused')).toMatchObject({
      claim: 'receipt',
      step: 'labels',
    });
    expect(state.verified).toBeUndefined();
  });
});

describe('verifying a certificate in the browser', () => {
  it('says what was rebuilt, and what it cannot show', async () => {
    const { state } = await newsOf({ kind: 'certificate', certificate: honest.certificate, trust });
    expect(state.verified).toMatchObject({
      shards: { rebuilt: 1, of: 3 },
      log: { origin: 'ledger.example.org' },
    });
    expect(new Set(state.steps.map(({ claim }) => claim))).toEqual(new Set(['certificate']));
  });

  it('needs every trust file', async () => {
    const others = Object.fromEntries(Object.entries(trust).filter(([name]) => name !== 'log.vkey'));
    const { state } = await newsOf({ kind: 'certificate', certificate: honest.certificate, trust: others });
    expect(state.refusal).toMatchObject({ code: 'TRUST_FILE_MISSING', facts: { file: 'log.vkey' } });
  });
});
