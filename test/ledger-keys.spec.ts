import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { fromPem, keyHint, logIdOf, parseLogKeyRotation, toSpki } from '#libs/certificate';
import { keyNames } from '#libs/contracts';
import { toBase64, utf8 } from '#libs/essentials';
import { openCheckpoint, parseVkey, signCheckpoint, signerFromSeed } from '#libs/merkle';
import { logEntryOf, type BundleJson } from '#libs/testkit';
import { loadTrust, verifyLoggedStatement, type TrustPolicy } from '#libs/verification';
import type { Installation } from '../apps/installation/index.js';
import { announcedIn, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const OVERLAP = 2;
type TrustFiles = Installation['trustFiles'];

/** Entries: 0 genesis, 1 rotation, 2 a line during the overlap, 3 a line after the old key retired. */
const folder = folders.next();
let before: TrustFiles;
let during: TrustFiles;
let after: TrustFiles;
let retiredSeed: Uint8Array;

beforeAll(async () => {
  await using(folder, async (installation) => {
    before = installation.trustFiles;
    retiredSeed = installation.vault.key(keyNames.ledgerSeed(0));
    await installation.rotateLedgerKey(OVERLAP);
    during = installation.trustFiles;
    await installation.startLine('second');
    await installation.startLine('third');
    after = installation.trustFiles;
  });
});

/** The installation uses the line that was started last. */
const reopened = <T>(copy: string, work: (installation: Installation) => Promise<T>) =>
  using(copy, work, { line: undefined });

const statement = (index: number) =>
  Uint8Array.from(readFileSync(path.join(folder, 'ledger/statements', `${index}.sigstore.json`)));
const bundleOf = (index: number) => JSON.parse(Buffer.from(statement(index)).toString()) as BundleJson;
const trustIn = (files: TrustFiles): TrustPolicy =>
  loadTrust({
    logVkey: utf8(files['log.vkey']),
    logKeys: utf8(files['log-keys.json']),
    trustedRoot: utf8(files['trusted-root.json']),
    signerPem: utf8(files['certificate-signer.pem']),
  });
const verify = (index: number, files: TrustFiles) =>
  verifyLoggedStatement({ bundle: statement(index), trust: trustIn(files) });

describe('a log whose key is rotated', () => {
  it('announces the key in an entry that holds under the key before', () => {
    const { statement, log } = verify(1, before);
    const { vkey, retiresAt } = parseLogKeyRotation(statement.predicate);
    expect([log.index, retiresAt]).toEqual([1, 4]);
    expect(after['log.vkey']).toBe(`${before['log.vkey']}${vkey}\n`);
  });

  it('verifies with the new trust files whenever an entry was made', () => {
    for (const index of [0, 1, 2, 3]) expect(verify(index, after).log.index).toBe(index);
  });

  it('verifies with the old ones until the old key retires, and says then what to get', () => {
    for (const index of [0, 1, 2]) expect(verify(index, before).log.index).toBe(index);
    expect(() => verify(3, before)).toThrow(
      expect.objectContaining({ code: 'LOG_ID_UNKNOWN', nextStep: expect.stringContaining('log-keys.json') }),
    );
  });

  it('is signed by both keys in between, and by the new one alone afterwards', () => {
    const [old, next] = after['log.vkey']
      .trim()
      .split('\n')
      .map((line) => parseVkey(line));
    const checkpointIn = (index: number) =>
      utf8(logEntryOf(bundleOf(index)).inclusionProof.checkpoint.envelope);
    for (const key of [old, next]) expect(openCheckpoint(checkpointIn(2), key).size).toBe(3);
    expect(openCheckpoint(checkpointIn(3), next).size).toBe(4);
    expect(() => openCheckpoint(checkpointIn(3), old)).toThrow(
      expect.objectContaining({ code: 'NOTE_NOT_SIGNED_BY_KEY' }),
    );
  });

  it('is not the log of whoever has found the retired key', () => {
    const bundle = bundleOf(3);
    const entry = logEntryOf(bundle);
    const [old, next] = after['log.vkey']
      .trim()
      .split('\n')
      .map((line) => parseVkey(line));
    const head = openCheckpoint(utf8(entry.inclusionProof.checkpoint.envelope), next);
    entry.inclusionProof.checkpoint.envelope = signCheckpoint(head, signerFromSeed(retiredSeed));
    entry.logId.keyId = toBase64(logIdOf(old));
    const forged = { bundle: utf8(JSON.stringify(bundle)), trust: trustIn(after) };
    expect(() => verifyLoggedStatement(forged)).toThrow(expect.objectContaining({ code: 'LOG_KEY_RETIRED' }));
  });

  it('says in the trust files for tools that know no sizes until when the old key was used', () => {
    const periods = (files: TrustFiles) =>
      (
        JSON.parse(files['trusted-root.json']) as {
          tlogs: { publicKey: { validFor: { end?: string } } }[];
        }
      ).tlogs.map(({ publicKey }) => publicKey.validFor.end !== undefined);
    expect([before, during, after].map(periods)).toEqual([[false], [false, false], [true, false]]);
  });

  it('is read by the unmodified verifier of Sigstore before, during and after', () => {
    const signer = fromPem(after['certificate-signer.pem']);
    const trust = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(after['trusted-root.json'])), {
      [keyHint(signer)]: { rawBytes: Buffer.from(toSpki(signer)) } as never,
    });
    const verifier = new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
    for (const index of [0, 2, 3]) {
      const bundle = bundleFromJSON(bundleOf(index));
      expect(() => verifier.verify(toSignedEntity(bundle))).not.toThrow();
    }
  });

  it('goes on under the new key when it is opened again, and can be rotated again', async () => {
    await reopened(folders.copyOf(folder), async (installation) => {
      expect(installation.trustFiles).toEqual(after);
      await installation.rotateLedgerKey(0);
      await expect(installation.startLine('fourth')).resolves.toBeDefined();
      expect(trustIn(installation.trustFiles).logKeys.map(({ from, until }) => [from, until])).toEqual([
        [0, 4],
        [2, 5],
        [5, null],
      ]);
    });
  });

  it('is not rotated again before the old key has retired', async () => {
    await using(folders.next(), async (installation) => {
      await installation.rotateLedgerKey(10);
      await expect(installation.rotateLedgerKey(10)).rejects.toMatchObject({
        code: 'LEDGER_ROTATION_UNDER_WAY',
        nextStep: expect.any(String),
      });
      expect(installation.ledger.size()).toBe(2);
    });
  });

  it('completes an announcement that a crash cut off after its entry', async () => {
    const cutOff = folders.copyOf(folder);
    const file = path.join(cutOff, 'ledger/statements/1.sigstore.json');
    rmSync(file);
    await reopened(cutOff, async () => undefined);
    const { predicate } = verifyLoggedStatement({
      bundle: Uint8Array.from(readFileSync(file)),
      trust: trustIn(after),
    }).statement;
    expect(predicate).toEqual(verify(1, after).statement.predicate);
  });

  it('tells of each key in the event log, once', async () => {
    await reopened(folders.copyOf(folder), async (installation) => {
      expect(await announcedIn(installation, 'LogKeyAnnounced')).toMatchObject([
        { ledgerIndex: 1, retiresAt: 4 },
      ]);
    });
  });
});
