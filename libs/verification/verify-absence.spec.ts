import { beforeAll, describe, expect, it } from '@jest/globals';
import { sha256, utf8 } from '#libs/essentials';
import type { HashedEntry } from '#libs/merkle';
import { absenceFile, absentIn, deletedLabel, exampleStatement, honestTrustFiles } from '#libs/testkit';
import { loadTrust, verifyAbsence, type TrustPolicy } from './index.js';

const stranger: HashedEntry = { key: deletedLabel(7), valueHash: sha256(utf8('7')) };
const certificate = exampleStatement().predicate;

let trust: TrustPolicy;
beforeAll(() => {
  const files = honestTrustFiles();
  trust = loadTrust({
    logVkey: utf8(files['log.vkey']),
    trustedRoot: utf8(files['trusted-root.json']),
    signerPem: utf8(files['certificate-signer.pem']),
  });
});

const check = (proofs: Uint8Array) => verifyAbsence({ proofs, trust, certificate });

/* Attacks are files of test/vectors/adversarial. */
describe('proofs of absence', () => {
  it('show that the records of a certificate are in no shard of later versions', () => {
    const report = check(absenceFile(absentIn(2, [[stranger], []]), absentIn(3, [[], [stranger]])));
    expect(report).toMatchObject({
      request: 'req-1',
      labels: 2,
      versions: [
        { version: 2, records: 1 },
        { version: 3, records: 1 },
      ],
      notProven: [{ code: 'OTHER_VERSIONS' }],
    });
  });

  it('say that nobody knows whose labels they are where no certificate is given', () => {
    const report = verifyAbsence({ proofs: absenceFile(absentIn(2, [[stranger]])), trust });
    expect(report.notProven.map(({ code }) => code)).toEqual(['OTHER_VERSIONS', 'WHOSE_LABELS']);
  });
});
