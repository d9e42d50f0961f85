import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { keyHint, parseSignerKeyRotation, parseSignerPem, toSpki } from '#libs/certificate';
import { toBase64, utf8 } from '#libs/essentials';
import type { BundleJson } from '#libs/testkit';
import { loadTrust, trustFolderOf, verifyLoggedStatement, type TrustPolicy } from '#libs/verification';
import { checkInstallationLedger, type Installation } from '../apps/installation/index.js';
import { announcedIn, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const OVERLAP = 1;
type TrustFiles = Installation['trustFiles'];

/** Entries: 0 genesis, 1 rotation, 2 a line that the old key still signs, 3 a line after it retired. */
const folder = folders.next();
let before: TrustFiles;
let after: TrustFiles;

beforeAll(async () => {
  await using(folder, async (installation) => {
    before = installation.trustFiles;
    await installation.rotateSignerKey(OVERLAP);
    after = installation.trustFiles;
    await installation.startLine('second');
    await installation.startLine('third');
  });
});

/** The installation uses the line that was started last. */
const reopened = <T>(copy: string, work: (installation: Installation) => Promise<T>) =>
  using(copy, work, { line: undefined });

const statement = (index: number, of = folder) =>
  Uint8Array.from(readFileSync(path.join(of, 'ledger/statements', `${index}.sigstore.json`)));
const bundleOf = (index: number) => JSON.parse(Buffer.from(statement(index)).toString()) as BundleJson;
const trustIn = (files: TrustFiles): TrustPolicy => loadTrust(trustFolderOf(files));
const verify = (index: number, files: TrustFiles) =>
  verifyLoggedStatement({ bundle: statement(index), trust: trustIn(files) });
const signerOf = (index: number) => bundleOf(index).verificationMaterial.publicKey.hint;

describe('an installation whose key for certificates is rotated', () => {
  it('announces the key in an entry that holds under the key before', () => {
    const { statement: announced, log } = verify(1, before);
    const { publicKey, retiresAt } = parseSignerKeyRotation(announced.predicate);
    expect([log.index, retiresAt]).toEqual([1, 3]);
    const [, next] = trustIn(after).signers;
    expect(publicKey).toBe(toBase64(toSpki(next.publicKey)));
    expect(announced.subject[0].name).toBe('certificate-signer.pem');
  });

  it('lists both keys with the entries that each may sign', () => {
    const periods = trustIn(after).signers.map(({ from, until }) => [from, until]);
    expect(periods).toEqual([
      [0, 3],
      [2, null],
    ]);
    expect(after['certificate-signer.pem'].startsWith(before['certificate-signer.pem'])).toBe(true);
  });

  it('signs with the old key until it retires, and with the new one from then on', () => {
    const [old, next] = trustIn(after).signers.map(({ hint }) => hint);
    expect([0, 1, 2, 3].map(signerOf)).toEqual([old, old, old, next]);
  });

  it('verifies with the new trust files whenever an entry was made', () => {
    for (const index of [0, 1, 2, 3]) expect(verify(index, after).log.index).toBe(index);
  });

  it('verifies with the old ones until the old key retires, and says then what to get', () => {
    for (const index of [0, 1, 2]) expect(verify(index, before).log.index).toBe(index);
    expect(() => verify(3, before)).toThrow(
      expect.objectContaining({
        code: 'SIGNER_KEY_UNKNOWN',
        nextStep: expect.stringContaining('certificate-signers.json'),
      }),
    );
  });

  it('is read by the unmodified verifier of Sigstore before and after', () => {
    const keys = parseSignerPem(utf8(after['certificate-signer.pem']));
    const byHint = keys.map((key) => [keyHint(key), { rawBytes: Buffer.from(toSpki(key)) }]);
    const trust = toTrustMaterial(
      TrustedRoot.fromJSON(JSON.parse(after['trusted-root.json'])),
      Object.fromEntries(byHint) as never,
    );
    const verifier = new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
    for (const index of [0, 1, 2, 3])
      expect(() => verifier.verify(toSignedEntity(bundleFromJSON(bundleOf(index))))).not.toThrow();
  });

  it('is found whole by a check of its ledger', async () => {
    const { size, findings } = await checkInstallationLedger({ folder, clockTolerance: 300_000 });
    expect([size, findings]).toEqual([4, []]);
  });

  it('is not rotated again before the old key has retired, and can be afterwards', async () => {
    await using(folders.next(), async (installation) => {
      await installation.rotateSignerKey(1);
      await expect(installation.rotateSignerKey(0)).rejects.toMatchObject({
        code: 'LEDGER_ROTATION_UNDER_WAY',
        nextStep: expect.any(String),
      });
      await installation.startLine('second');
      await installation.rotateSignerKey(0);
      await installation.startLine('third');
      const { signers } = trustIn(installation.trustFiles);
      expect(signers.map(({ from, until }) => [from, until])).toEqual([
        [0, 3],
        [2, 4],
        [4, null],
      ]);
    });
  });

  it('waits with what is to be signed until an announcement stands in the ledger', async () => {
    const next = folders.next();
    await using(next, async (installation) => {
      await Promise.all([installation.rotateSignerKey(0), installation.startLine('second')]);
      const trust = trustIn(installation.trustFiles);
      for (const index of [0, 1, 2])
        expect(verifyLoggedStatement({ bundle: statement(index, next), trust }).log.index).toBe(index);
    });
  });

  it('completes an announcement that a crash cut off after its entry', async () => {
    const cutOff = folders.copyOf(folder);
    const file = path.join(cutOff, 'ledger/statements/1.sigstore.json');
    rmSync(file);
    await reopened(cutOff, async ({ ledger }) => expect(ledger.size()).toBe(4));
    const { predicate } = verifyLoggedStatement({
      bundle: statement(1, cutOff),
      trust: trustIn(after),
    }).statement;
    expect(predicate).toEqual(verify(1, after).statement.predicate);
  });

  it('tells of each key in the event log, once', async () => {
    await reopened(folders.copyOf(folder), async (installation) => {
      expect(await announcedIn(installation, 'SignerKeyAnnounced')).toMatchObject([
        { ledgerIndex: 1, retiresAt: 3 },
      ]);
    });
  });
});
