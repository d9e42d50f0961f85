import { describe, expect, it } from '@jest/globals';
import { PREDICATE_TYPES, statementOf, type Statement } from '#libs/certificate';
import { toBase64, utf8 } from '#libs/essentials';
import {
  exampleStatement,
  honestCertificate,
  honestTrustFiles,
  logEntryOf,
  tamperedBundle,
} from '#libs/testkit';
import {
  CLAIM_STEPS,
  loadTrust,
  verifyCertificate,
  verifyLoggedStatement,
  type VerifiedStep,
} from './index.js';

const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const honest = honestCertificate();
const verify = (bundle: string) => verifyCertificate({ bundle: utf8(bundle), trust });

describe('verifying an honest certificate', () => {
  it('reports every step, in order, and tells of each as it succeeds', () => {
    const seen: VerifiedStep[] = [];
    const report = verifyCertificate({
      bundle: utf8(honest.bundle),
      trust,
      onStep: (step) => seen.push(step),
    });
    expect(report.steps.map(({ step }) => step)).toEqual(Object.keys(CLAIM_STEPS.certificate));
    expect(seen).toEqual(report.steps);
    expect(report.log).toEqual({ origin: 'ledger.example.org', index: 3, size: 7 });
    expect(report.certificate).toEqual(exampleStatement().predicate);
  });

  it.each([
    [0, 0],
    [0, 1],
    [5, 0],
    [255, 2],
  ])('succeeds after %d and before %d other leaves', (before, after) => {
    expect(() => verify(honestCertificate({ before, after }).bundle)).not.toThrow();
  });

  it('stops at the step that fails', () => {
    const seen: string[] = [];
    const bundle = utf8(
      tamperedBundle(
        honest.bundle,
        (b) => (logEntryOf(b).inclusionProof.rootHash = toBase64(new Uint8Array(32))),
      ),
    );
    expect(() => verifyCertificate({ bundle, trust, onStep: ({ step }) => seen.push(step) })).toThrow(
      refusal('CHECKPOINT_ROOT_MISMATCH'),
    );
    expect(seen.at(-1)).toBe('checkpoint');
  });
});

describe('a signed and logged statement', () => {
  const publication = statementOf(
    PREDICATE_TYPES.publication,
    [{ name: 'manifest.json', digest: { sha256: 'ab'.repeat(32) } }],
    {
      line: 'main',
      version: 1,
      manifestDigest: 'ab'.repeat(32),
      parent: null,
      genesisDigest: 'cd'.repeat(32),
      publishedAt: '2026-01-02T03:04:05Z',
      datasets: [{ shard: 0, root: '12'.repeat(32), count: 7 }],
      tombstones: { root: '34'.repeat(32), count: 2 },
    },
  );

  it('of another type verifies as what it is, and not as a certificate', () => {
    const { bundle } = honestCertificate({ statement: publication });
    const report = verifyLoggedStatement({ bundle: utf8(bundle), trust });
    expect(report.statement).toEqual(publication);
    expect(() => verify(bundle)).toThrow(refusal('PREDICATE_TYPE_UNEXPECTED'));
  });

  it.each<[string, Statement<unknown>]>([
    ['without a file', { ...exampleStatement(), subject: [] }],
    ['without a predicate', { ...exampleStatement(), predicate: {} }],
    ['with a publication for a predicate', { ...exampleStatement(), predicate: publication.predicate }],
    [
      'of a publication with a certificate in it',
      { ...publication, predicate: exampleStatement().predicate },
    ],
  ])('%s is refused', (_, statement) => {
    const { bundle } = honestCertificate({ statement });
    expect(() => verifyLoggedStatement({ bundle: utf8(bundle), trust })).toThrow(
      refusal('STATEMENT_MALFORMED'),
    );
  });
});
