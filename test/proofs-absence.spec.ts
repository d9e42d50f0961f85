import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { parseAbsenceProofs } from '#libs/certificate';
import { keyNames, type SealedInteraction, type StoredRecord } from '#libs/contracts';
import { toBase64Url, utf8 } from '#libs/essentials';
import { interactionEventId, sealingContext, streamNames } from '#libs/messaging';
import { verifyAbsence, verifyCertificate } from '#libs/verification';
import type { ProvenVersion } from '#stages/certification';
import type { Installation } from '../apps/installation/index.js';
import { expectRefusal, inFolder, lacunaVerify } from './support/lacuna-process.js';
import { PEOPLE, populate, TemporaryFolders, trustOf, using } from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();
const [WITHDRAWAL, REFUSED, NEWCOMER] = [1, 2, 3].map((n) => `7f1d9b1e-0000-4000-8000-00000000000${n}`);
const PERSON = PEOPLE[4];

/** Trained, records withdrawn and unlearned, trained again: versions 1, 2, 3. */
let honest: string;
let trust: string;
let withdrawn: StoredRecord;

beforeAll(async () => {
  honest = folders.next();
  trust = folders.next();
  mkdirSync(trust);
  await using(honest, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
    const before = await installation.subjects.records(installation.vault.findSubject(PERSON)!);
    await withdraw(installation, WITHDRAWAL, 'Horror');
    await installation.trainings.train();
    const after = await installation.subjects.records(installation.vault.findSubject(PERSON)!);
    const kept = new Set(after.map(({ label }) => toBase64Url(label)));
    withdrawn = before.find(({ label }) => !kept.has(toBase64Url(label)))!;
    for (const [name, content] of Object.entries(installation.trustFiles))
      writeFileSync(path.join(trust, name), content);
  });
}, MINUTE);
afterAll(() => folders.remove());

async function withdraw({ requests }: Installation, requestId: string, category: string): Promise<void> {
  const submission = { requestId, externalId: PERSON, channel: 'cli' } as const;
  const { finished } = await requests.withdraw(submission, { categories: [category] });
  await finished;
}

const prove = ({ requests, absences }: Installation, version?: number, requestId = WITHDRAWAL) =>
  absences.prove(requests.get(requestId), { version });

/** What a stranger makes of the proofs, with the certificate. */
async function verify(installation: Installation, proofs: Uint8Array): Promise<readonly ProvenVersion[]> {
  const policy = trustOf(installation);
  const bundle = utf8(JSON.stringify(await installation.certificates.read(WITHDRAWAL)));
  const { certificate } = verifyCertificate({ bundle, trust: policy });
  return verifyAbsence({ proofs, trust: policy, certificate }).versions;
}

/** Appends a withdrawn record to the log as ingest would have, had it not refused. */
async function addBehindIngest({ vault, store }: Installation): Promise<void> {
  const subject = vault.findSubject(PERSON)!;
  const generation = vault.currentGeneration(subject);
  const stream = streamNames.interactions(subject, generation);
  const { label, item, type, time, value, purpose, opening } = withdrawn;
  const id = interactionEventId(label, generation);
  const content: SealedInteraction = {
    i: item,
    t: type,
    s: time,
    v: value,
    p: purpose,
    o: toBase64Url(opening),
  };
  const context = sealingContext(stream, id, 'InteractionRecorded');
  const sealed = vault.seal(
    keyNames.interactions(subject, generation),
    utf8(JSON.stringify(content)),
    context,
  );
  const data = { label: toBase64Url(label), sealed };
  await store.append(stream, [{ id, type: 'InteractionRecorded', data }]);
}

/** Makes the read models forget what was deleted, so that trainings take it in again. */
function forgetDeletions(folder: string): void {
  const readModels = new Database(path.join(folder, 'read-models.db'), { fileMustExist: true });
  expect(readModels.prepare('DELETE FROM deleted_labels').run().changes).toBeGreaterThan(0);
  readModels.close();
}

describe('lacuna proofs absence', () => {
  it(
    'writes what lacuna-verify absence reads: every version since, or one',
    async () => {
      const folder = folders.copyOf(honest);
      const out = path.join(folder, 'request.absence.json');
      const written = await inFolder(folder, 'proofs', 'absence', '--request', WITHDRAWAL, '--out', out);
      expect(written).toMatchObject({ exitCode: 0, out: expect.stringContaining('2 versions') });
      const certificate = path.join(folder, 'certificates', `${WITHDRAWAL}.sigstore.json`);
      const verified = await lacunaVerify(
        'absence',
        out,
        '--trust',
        trust,
        '--certificate',
        certificate,
        '--json',
      );
      expect(JSON.parse(verified.out)).toMatchObject({
        verified: true,
        request: WITHDRAWAL,
        versions: [
          { line: 'main', version: 2 },
          { line: 'main', version: 3 },
        ],
      });
      const again = await inFolder(folder, 'proofs', 'absence', '--request', WITHDRAWAL, '--out', out);
      expectRefusal(again, 'OUTPUT_NOT_WRITTEN');
      const one = `${out}.3`;
      await inFolder(folder, 'proofs', 'absence', '--request', WITHDRAWAL, '--version', '3', '--out', one);
      expect(parseAbsenceProofs(Uint8Array.from(readFileSync(one))).versions).toHaveLength(1);
    },
    MINUTE,
  );

  it(
    'shows that a record was added behind the back of ingest, once a version was trained on it',
    async () => {
      const folder = folders.copyOf(honest);
      forgetDeletions(folder);
      await using(folder, async (installation) => {
        await addBehindIngest(installation);
        await installation.trainings.train();
      });
      const out = path.join(folder, 'request.absence.json');
      const written = await inFolder(folder, 'proofs', 'absence', '--request', WITHDRAWAL, '--out', out);
      expect(written.exitCode).toBe(0);
      const refused = await lacunaVerify('absence', out, '--trust', trust);
      expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('ABSENCE_LABEL_PRESENT') });
      expect(refused.err).toMatch(/version 4/);
    },
    MINUTE,
  );
});

describe('proofs of absence', () => {
  it('hold in a version that was trained after such a record came, as long as deletions are remembered', async () => {
    await using(folders.copyOf(honest), async (installation) => {
      await addBehindIngest(installation);
      await installation.trainings.train();
      const { file } = await prove(installation, 4);
      expect(await verify(installation, file)).toMatchObject([{ line: 'main', version: 4 }]);
    });
  });

  it('go over versions of other lines that were published since', async () => {
    const folder = folders.copyOf(honest);
    await using(folder, (installation) => installation.startLine('next', { shards: 2 }));
    await using(
      folder,
      async (installation) => {
        await installation.trainings.train();
        const { file, versions } = await prove(installation);
        expect(versions.map(({ line, version }) => `${line}/${version}`)).toEqual([
          'main/2',
          'main/3',
          'next/1',
        ]);
        expect(await verify(installation, file)).toMatchObject(
          versions.map(({ line, version }) => ({ line, version })),
        );
      },
      { line: undefined },
    );
  });

  it.each([1, 4])('are not made of version %s, which was not published since', async (version) => {
    await using(folders.copyOf(honest), async (installation) => {
      await expect(prove(installation, version)).rejects.toMatchObject({
        code: 'ABSENCE_VERSION_UNKNOWN',
        facts: { first: 2, last: 3 },
        nextStep: expect.any(String),
      });
    });
  });

  it('are not made of a request without a certificate, nor of a person of whom nothing was stored', async () => {
    await using(folders.copyOf(honest), async (installation) => {
      await withdraw(installation, REFUSED, 'Western');
      await expect(prove(installation, undefined, REFUSED)).rejects.toMatchObject({
        code: 'CERTIFICATE_NOT_ISSUED',
      });
      const { ingest, requests } = installation;
      const terms = { purpose: 'recommendations', method: 'test', evidenceReference: 'urn:test:evidence' };
      await ingest.consents.grant({ subject: 'newcomer', ...terms });
      const submission = { requestId: NEWCOMER, externalId: 'newcomer', channel: 'cli' } as const;
      await (
        await requests.erase(submission)
      ).finished;
      await expect(prove(installation, undefined, NEWCOMER)).rejects.toMatchObject({
        code: 'ABSENCE_NO_LABELS',
      });
    });
  });

  it.each([
    ['the maps were lost', 'datasets.db', 'ABSENCE_MAP_LOST'],
    ['the statements were lost', 'ledger/statements', 'STATEMENT_NOT_KEPT'],
  ])('say so where %s', async (_, lost, code) => {
    const folder = folders.copyOf(honest);
    rmSync(path.join(folder, lost), { recursive: true });
    await using(folder, async (installation) => {
      await expect(prove(installation)).rejects.toMatchObject({ code, nextStep: expect.any(String) });
    });
  });
});

describe('proofs of absence before any version', () => {
  it('wait for the first one, and then hold for it', async () => {
    await using(folders.next(), async (installation) => {
      await populate(installation);
      await withdraw(installation, WITHDRAWAL, 'Horror');
      await expect(prove(installation)).rejects.toMatchObject({ code: 'ABSENCE_NO_VERSION' });
      await installation.trainings.train();
      const { file } = await prove(installation);
      expect(await verify(installation, file)).toMatchObject([{ line: 'main', version: 1 }]);
    });
  });
});
