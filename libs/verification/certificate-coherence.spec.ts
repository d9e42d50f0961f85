import { describe, expect, it } from '@jest/globals';
import type { CertifiedModel, StatementSubject } from '#libs/certificate';
import { exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { utf8 } from '#libs/essentials';
import { loadTrust, trustFolderOf, verifyCertificate, type VerificationErrorCode } from './index.js';

const trust = loadTrust(trustFolderOf(honestTrustFiles()));
const honest = exampleStatement();
const model = honest.predicate.model!;

/** Signed and logged as the product does it: only the operator can have written it. */
function verifyWith(changes: Partial<CertifiedModel>, subject: readonly StatementSubject[] = honest.subject) {
  const predicate = { ...honest.predicate, model: { ...model, ...changes } };
  const { bundle } = honestCertificate({ statement: { ...honest, predicate, subject } });
  return verifyCertificate({ bundle: utf8(bundle), trust });
}

const { manifest, serving, affectedShards, unaffectedShards } = model;
const untouched = {
  affectedShards: [],
  unaffectedShards: [
    ...unaffectedShards,
    ...affectedShards.map(({ shard, after: { datasetRoot, count, digest } }) => ({
      shard,
      datasetRoot,
      count,
      digest,
    })),
  ],
};

describe('a signed certificate', () => {
  it('is accepted when no shard held the records and nothing changed', () => {
    const same = { before: manifest.after, after: manifest.after };
    expect(verifyWith({ ...untouched, manifest: same, serving: { ...serving, revoked: [] } }).verified).toBe(
      true,
    );
  });

  it('is accepted when a version followed that knows as much as the one before: nothing of the records had been learned', () => {
    expect(verifyWith(untouched).verified).toBe(true);
  });

  it.each<[string, VerificationErrorCode, Partial<CertifiedModel>]>([
    [
      'goes back to a lower version',
      'CERTIFICATE_VERSION_NOT_NEWER',
      { manifest: { ...manifest, after: { ...manifest.after, version: 0 } } },
    ],
    [
      'has two manifests of one version',
      'CERTIFICATE_VERSION_NOT_NEWER',
      { manifest: { ...manifest, after: { ...manifest.after, version: manifest.before.version } } },
    ],
    [
      'certifies the old model again',
      'CERTIFICATE_MODEL_NOT_REBUILT',
      { manifest: { ...manifest, after: { ...manifest.before, version: 2 } } },
    ],
    [
      'revokes the version that serves',
      'CERTIFICATE_REVOKES_WHAT_SERVES',
      {
        serving: {
          ...serving,
          revoked: [...serving.revoked, { version: 2, manifestDigest: manifest.after.digest }],
        },
      },
    ],
    [
      'leaves the old model in force',
      'CERTIFICATE_OLD_MODEL_NOT_REVOKED',
      { serving: { ...serving, revoked: [] } },
    ],
  ])('that %s is refused with %s', (_, code, changes) => {
    expect(() => verifyWith(changes)).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, (files: readonly StatementSubject[]) => StatementSubject[]]>([
    ['without one of the files', (files) => files.slice(1)],
    ['with a file more', (files) => [...files, { name: 'index.bin', digest: files[0].digest }]],
    [
      'with a file of other bytes',
      ([first, ...rest]) => [{ ...first, digest: { sha256: 'ab'.repeat(32) } }, ...rest],
    ],
  ])('%s than the model has is refused', (_, change) => {
    expect(() => verifyWith({}, change(honest.subject))).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_FILES_DISAGREE' }),
    );
  });
});
