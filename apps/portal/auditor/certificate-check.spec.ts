import { describe, expect, it } from '@jest/globals';
import { fromUtf8, sha256, utf8 } from '#libs/essentials';
import {
  absenceFile,
  absentIn,
  deletedLabel,
  exampleDeletion,
  honestCertificate,
  honestTrustFiles,
} from '#libs/testkit';
import { checkCertificate, type CertificateFiles } from './certificate-check.js';

const NOW = 2_000_000_000;
const trust = honestTrustFiles();
const certificate = utf8(honestCertificate().bundle);
const proofs = exampleDeletion().file;
const stranger = { key: deletedLabel(7), valueHash: sha256(utf8('7')) };
const absence = absenceFile(absentIn(2, [[stranger], [], []]));

const check = (files: CertificateFiles) => checkCertificate(files, trust, NOW);
const refusalOf = async (files: CertificateFiles) => {
  const { steps, refusal, result } = await check(files);
  expect(result).toBeUndefined();
  return [steps.find(({ state }) => state === 'refused')?.step, refusal?.code];
};

describe('verifying all of a certificate', () => {
  it('takes every step of the three claims', async () => {
    const { steps, result } = await check({ certificate, proofs, absence });
    expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(['verified']));
    expect(new Set(steps.map(({ step }) => step.split('.')[0]))).toEqual(
      new Set(['trust', 'certificate', 'deletion', 'absence']),
    );
    expect(result).toMatchObject({
      certificate: { request: { id: 'req-1' } },
      deletion: { changes: { added: 0 } },
      absence: { versions: [{ version: 2 }] },
    });
    expect(result!.notProven.map(({ code }) => code)).toContain('OTHER_VERSIONS');
  });

  it('claims nothing that there is no file for', async () => {
    const { steps, result } = await check({ certificate });
    expect(steps.some(({ step }) => step.startsWith('deletion') || step.startsWith('absence'))).toBe(false);
    expect([result!.deletion, result!.absence]).toEqual([undefined, undefined]);
  });

  it('refuses a certificate that was tampered with, and names the step', async () => {
    const changed = utf8(fromUtf8(certificate).replace('"treeSize":"7"', '"treeSize":"8"'));
    expect(await refusalOf({ certificate: changed, proofs })).toEqual([
      'certificate.head',
      'CHECKPOINT_SIZE_MISMATCH',
    ]);
  });

  it('refuses proofs of something else', async () => {
    expect(await refusalOf({ certificate, proofs: absence })).toEqual([
      'deletion.proofs',
      'PROOFS_DIGEST_MISMATCH',
    ]);
    const back = absenceFile(
      absentIn(2, [[{ key: exampleDeletion().labels[0], valueHash: stranger.valueHash }], [], []]),
    );
    expect(await refusalOf({ certificate, proofs, absence: back })).toEqual([
      'absence.absence',
      'ABSENCE_LABEL_PRESENT',
    ]);
  });

  it('refuses trust files that are none before it looks at anything', async () => {
    const { steps, refusal } = await checkCertificate({ certificate }, { policy: '' }, NOW);
    expect([steps[0], refusal?.code]).toEqual([{ step: 'trust', state: 'refused' }, 'TRUST_FILE_MISSING']);
  });
});
