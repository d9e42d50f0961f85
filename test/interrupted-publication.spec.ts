import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { servingVersion } from '#libs/erasure';
import { checkInstallationLedger, useLine, type Installation } from '../apps/installation/index.js';
import { diesBeforeEvent } from './support/interruptions.js';
import { unnamedFiles } from './support/model-files.js';
import {
  peopleByShard,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let populated: string;
let trained: string;
let neighbours: string[];
beforeAll(async () => {
  populated = folders.next();
  await using(populated, (installation) => populate(installation));
  trained = folders.copyOf(populated);
  await using(trained, async (installation) => {
    await installation.trainings.train();
    [neighbours] = await peopleByShard(installation);
  });
});

const requestId = (n: number): string => `7f1d9b1e-0000-4000-8000-00000000000${n}`;
const erase = async ({ requests }: Installation, n: number, externalId: string): Promise<void> => {
  await (
    await requests.erase({ requestId: requestId(n), externalId, channel: 'cli' })
  ).finished;
};

/** Versions that the ledger says were published, and the findings of its check. */
async function ledgerOf(folder: string) {
  const statements = path.join(folder, 'ledger', 'statements');
  const published = readdirSync(statements)
    .map((name) => JSON.parse(readFileSync(path.join(statements, name), 'utf8')))
    .map(({ dsseEnvelope }) => JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()))
    .filter(({ predicateType }) => predicateType === 'urn:lacuna:model-publication:v1')
    .map(({ predicate: { line, version } }) => `${line} ${version}`);
  const { findings } = await checkInstallationLedger({ folder, clockTolerance: 0 });
  return { published: published.sort(), findings };
}

describe('a publication that was interrupted after its entry in the ledger', () => {
  it('is finished although a neighbour’s records are put out of use meanwhile: one model a version', async () => {
    const folder = folders.copyOf(trained);
    const [first, second] = neighbours;
    expect(
      await diesBeforeEvent('ModelPublished', () => using(folder, (house) => erase(house, 1, first))),
    ).toBe(true);
    await using(folder, async (installation) => {
      await erase(installation, 2, second); // out of use before anything goes on
      await installation.resume();
      expect(installation.requests.all().map(({ status }) => status)).toEqual(['closed', 'closed']);
      expect(await unnamedFiles(installation)).toEqual([]);
    });
    expect(await ledgerOf(folder)).toEqual({ published: ['main 1', 'main 2', 'main 3'], findings: [] });
  });

  it('of a line that was left is published and revoked before anything that it has learned from is erased', async () => {
    const folder = folders.copyOf(populated);
    const train = ({ trainings }: Installation): Promise<unknown> => trainings.train();
    expect(await diesBeforeEvent('ModelPublished', () => using(folder, train))).toBe(true);
    await using(folder, ({ startLine }) => startLine('second', { shards: 2 }), { line: undefined });
    await useLine(folder, 'second');
    await using(
      folder,
      async (installation) => {
        await erase(installation, 1, PEOPLE[4]);
        const left = await installation.lines.get('main');
        expect(left.versions).toMatchObject([{ version: 1, revokedAt: expect.any(String) }]);
        expect(servingVersion(left)).toBeUndefined();
        expect(await unnamedFiles(installation)).toEqual([]);
        await installation.trainings.train();
      },
      { line: undefined },
    );
    expect(await ledgerOf(folder)).toEqual({ published: ['main 1', 'second 1'], findings: [] });
  });
});

describe('a certificate that was interrupted after its entry in the ledger', () => {
  it('names the same version when another one was published meanwhile, so that there is one of it', async () => {
    const folder = folders.copyOf(trained);
    const house = { now: () => new Date() };
    const decision = { purpose: PURPOSE, method: 'test', evidenceReference: 'urn:test:decision' };
    const onlooker = async (installation: Installation): Promise<void> => {
      await installation.ingest.consents.grant({ subject: 'onlooker', ...decision });
      await erase(installation, 1, 'onlooker'); // no shard holds anything of theirs: nothing is rebuilt
    };
    expect(await diesBeforeEvent('CertificateIssued', () => using(folder, onlooker, house))).toBe(true);
    await using(
      folder,
      async (installation) => {
        await installation.trainings.train();
        await installation.resume();
        expect(installation.requests.all()).toMatchObject([{ status: 'closed', rebuildId: null }]);
        expect((await installation.certificates.predicate(requestId(1))).model?.manifest.after.version).toBe(
          1,
        );
      },
      house,
    );
    expect((await ledgerOf(folder)).findings).toEqual([]);
  });
});
