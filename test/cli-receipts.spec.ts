import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newIdentity, recipientOf } from '#libs/age';
import { expectRefusal, inFolder, lacunaVerify } from './support/lacuna-process.js';
import { openSmall, PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();
let trained: string;
let trust: string;
beforeAll(async () => {
  trained = folders.next();
  trust = folders.next();
  mkdirSync(trust);
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
    for (const [name, content] of Object.entries(installation.trustFiles))
      writeFileSync(path.join(trust, name), content);
  });
}, MINUTE);
afterAll(() => folders.remove());

/** A data folder, and a folder of the operator to work in. */
function places() {
  const work = folders.next();
  mkdirSync(work);
  return { folder: folders.copyOf(trained), at: (name: string) => path.join(work, name), work };
}
const requestOf = (out: string) => /^Request (\S+):/m.exec(out)![1];
const kept = (folder: string) => readdirSync(path.join(folder, 'receipts'));

describe('lacuna with --receipt', () => {
  it(
    'writes one file for the person, keeps nothing that opens it, and the person verifies it',
    async () => {
      const { folder, at, work } = places();
      const ended = await inFolder(folder, 'erase', PEOPLE[4], '--yes', '--receipt', at('receipt.json'));
      expect(ended).toMatchObject({
        exitCode: 0,
        out: expect.stringContaining(`Receipt: ${at('receipt.json')}`),
      });
      expect(readdirSync(work).sort()).toEqual([`${requestOf(ended.out)}.proofs.json`, 'receipt.json']);
      expect(kept(folder)).toEqual([]);
      expect(statSync(at('receipt.json')).mode & 0o777).toBe(0o600);
      const verified = await lacunaVerify('receipt', at('receipt.json'), '--trust', trust);
      expect(verified).toMatchObject({ exitCode: 0, out: expect.stringContaining('12 records of yours') });
      expect(verified.out).toContain('all of them left the datasets with exactly the values and openings');
    },
    MINUTE,
  );

  it(
    'leaves no key behind when the request is turned away',
    async () => {
      const { folder, at, work } = places();
      expectRefusal(
        await inFolder(folder, 'erase', 'nobody', '--yes', '--receipt', at('receipt.json')),
        'SUBJECT_UNKNOWN',
      );
      const none = await inFolder(
        folder,
        'withdraw',
        PEOPLE[4],
        '--category',
        'Western',
        '--receipt',
        at('r'),
      );
      expect(none).toMatchObject({ exitCode: 1, out: expect.stringContaining('NO_RECORD_IN_SCOPE') });
      expect(readdirSync(work)).toEqual([]);
    },
    MINUTE,
  );

  it(
    'overwrites no file, and changes nothing then',
    async () => {
      const { folder, at } = places();
      writeFileSync(at('receipt.json'), 'of somebody');
      expectRefusal(
        await inFolder(folder, 'erase', PEOPLE[4], '--yes', '--receipt', at('receipt.json')),
        'RECEIPT_FILE_EXISTS',
      );
      expect(readFileSync(at('receipt.json'), 'utf8')).toBe('of somebody');
      await using(folder, async ({ requests }) => expect(requests.all()).toEqual([]));
    },
    MINUTE,
  );

  it(
    'loses nothing when it dies on the way: the identity beside the receipt opens it after a resume',
    async () => {
      const { folder, at, work } = places();
      const requestId = '7f1d9b1e-0000-4000-8000-000000000001';
      const identity = await newIdentity();
      writeFileSync(
        at('receipt.json.identity'),
        `# opens the receipt of request ${requestId}\n${identity}\n`,
      );
      const dying = await openSmall(folder, {
        onRequestStep: (_, step) => {
          if (step === 'erase') throw new Error('the process died here');
        },
      });
      const submission = { requestId, externalId: PEOPLE[4], channel: 'cli' } as const;
      const { finished } = await dying.requests.erase({
        ...submission,
        receiptRecipient: await recipientOf(identity),
      });
      await expect(finished).rejects.toThrow('died');
      await dying.close();
      expect(await inFolder(folder, 'resume')).toMatchObject({ exitCode: 0 });
      const wanted = ['--identity', at('receipt.json.identity'), '--out', at('receipt.json')];
      expect(await inFolder(folder, 'receipt', requestId, ...wanted)).toMatchObject({ exitCode: 0 });
      expect(readdirSync(work).sort()).toEqual([`${requestId}.proofs.json`, 'receipt.json']);
      expect(kept(folder)).toEqual([]);
      expect(await lacunaVerify('receipt', at('receipt.json'), '--trust', trust)).toMatchObject({
        exitCode: 0,
      });
    },
    MINUTE,
  );
});

describe('lacuna with --receipt-for', () => {
  it(
    'hands out what only the person’s own key opens, and the person makes the receipt',
    async () => {
      const { folder, at } = places();
      const identity = await newIdentity();
      writeFileSync(at('key.txt'), `${identity}\n`);
      const forPerson = ['--receipt-for', await recipientOf(identity)];
      const ended = await inFolder(folder, 'withdraw', PEOPLE[4], '--category', 'Horror', ...forPerson);
      const requestId = requestOf(ended.out);
      expect(kept(folder)).toEqual([`${requestId}.age`]);
      await inFolder(folder, 'receipt', requestId, '--out', at('openings.age'));
      expect(kept(folder)).toEqual([]);
      expectRefusal(
        await inFolder(folder, 'receipt', requestId, '--out', at('again.age')),
        'RECEIPT_NOT_KEPT',
      );

      const certificate = path.join(folder, 'certificates', `${requestId}.sigstore.json`);
      const parts = ['--identity', at('key.txt'), '--certificate', certificate, '--out', at('receipt.json')];
      const made = await lacunaVerify('receipt', at('openings.age'), ...parts, '--trust', trust);
      expect(made).toMatchObject({ exitCode: 0, err: '' });
      const report = await lacunaVerify('receipt', at('receipt.json'), '--trust', trust, '--json');
      expect(JSON.parse(report.out)).toMatchObject({
        verified: true,
        claim: 'receipt',
        records: { count: 4, compared: 0 },
      });
      const proofs = path.join(folder, 'certificates', `${requestId}.proofs.json`);
      const named = await lacunaVerify('receipt', at('receipt.json'), '--trust', trust, '--proofs', proofs);
      expect(named.out).toContain('all of them left the datasets');
      const others = await lacunaVerify(
        'receipt',
        at('receipt.json'),
        '--trust',
        trust,
        '--proofs',
        certificate,
      );
      expect(others).toMatchObject({ exitCode: 1, err: expect.stringContaining('PROOFS_DIGEST_MISMATCH') });
    },
    MINUTE,
  );
});

describe('lacuna-verify receipt', () => {
  it(
    'says what is wrong with a key, a file, an option or a place to write to, and writes nothing',
    async () => {
      const { folder, at } = places();
      const identity = await newIdentity();
      writeFileSync(at('key.txt'), `${identity}\n`);
      writeFileSync(at('other.txt'), `${await newIdentity()}\n`);
      const ended = await inFolder(
        folder,
        'erase',
        PEOPLE[4],
        '--yes',
        '--receipt-for',
        await recipientOf(identity),
      );
      const requestId = requestOf(ended.out);
      const openings = path.join(folder, 'receipts', `${requestId}.age`);
      const certificate = path.join(folder, 'certificates', `${requestId}.sigstore.json`);
      const attempt = (key: string, ...options: string[]) =>
        lacunaVerify(
          'receipt',
          openings,
          '--identity',
          key,
          '--trust',
          trust,
          '--out',
          at('out.json'),
          ...options,
        );
      const withCertificate = ['--certificate', certificate];
      expect(await attempt(at('key.txt'))).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('OPTION_MISSING'),
      });
      expect(await attempt(at('other.txt'), ...withCertificate)).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('AGE_FILE_OF_ANOTHER'),
      });
      expect(await attempt(certificate, ...withCertificate)).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('IDENTITY_MALFORMED'),
      });
      expect(existsSync(at('out.json'))).toBe(false);
      writeFileSync(at('out.json'), 'of somebody');
      expect(await attempt(at('key.txt'), ...withCertificate)).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('OUTPUT_NOT_WRITTEN'),
      });
      expect(readFileSync(at('out.json'), 'utf8')).toBe('of somebody');
    },
    2 * MINUTE,
  );
});
