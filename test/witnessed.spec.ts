import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { formatVkey, noteKey, parseVkey, signerFromSeed } from '#libs/merkle';
import { refusalOfAsync } from '#libs/testkit';
import { loadTrust, trustFolderOf, verifyCertificate, type CertificateReport } from '#libs/verification';
import { createWitness, Witness, WitnessServer } from '#stages/witness';
import type { Installation } from '../apps/installation/index.js';
import { inFolder } from './support/lacuna-process.js';
import { openSmall, populate, TemporaryFolders, using } from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
afterAll(() => folders.remove());

let trained: string;
let logVkey: string;
beforeAll(async () => {
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
    logVkey = installation.trustFiles['log.vkey'];
  });
}, MINUTE);

/** A witness of another party, on a port of its own. */
async function startWitness(home: string, port = 0): Promise<{ vkey: string; url: string; port: number }> {
  if (!existsSync(home)) await createWitness(home, 'witness.example.org/w1');
  const witness = await Witness.open({ folder: home, logs: [parseVkey(logVkey)] });
  const server = await WitnessServer.listen(witness, { host: '127.0.0.1', port });
  running.unshift(server, witness);
  return { vkey: formatVkey(witness.key), url: server.url, port: Number(new URL(server.url).port) };
}

async function stopWitness(): Promise<void> {
  for (const one of running.splice(0, 2)) await one.close();
}

const otherLog = formatVkey(
  noteKey('other.example.org', signerFromSeed(new Uint8Array(32).fill(3)).publicKey),
);
const policyOf = (vkey: string, url: string) => `log ${logVkey}witness w1 ${vkey} ${url}\nquorum w1\n`;

async function erase({ requests }: Installation, requestId: string, externalId: string): Promise<void> {
  const { finished } = await requests.erase({ requestId, externalId, channel: 'cli' });
  await finished;
}

async function verified(installation: Installation, requestId: string): Promise<CertificateReport> {
  const { trustFiles, certificates } = installation;
  const trust = loadTrust(trustFolderOf(trustFiles));
  const bundle = Uint8Array.from(readFileSync(certificates.fileOf(requestId)));
  return verifyCertificate({ bundle, trust, now: Date.now() / 1000 });
}

describe('an installation with a policy', () => {
  it(
    'issues certificates that a witness saw, and says so to its operator',
    async () => {
      const folder = folders.copyOf(trained);
      const { vkey, url } = await startWitness(folders.next());
      writeFileSync(path.join(folder, 'policy'), policyOf(vkey, url));
      await using(folder, async (installation) => {
        await erase(installation, 'req-1', 'person-1');
        const { witnesses, steps } = await verified(installation, 'req-1');
        expect(witnesses).toMatchObject({
          quorum: 'w1',
          cosigned: [{ name: 'w1', key: 'witness.example.org/w1' }],
        });
        expect(steps.at(-1)).toMatchObject({ step: 'witnesses' });
        expect(installation.ledger.checkpointPolicy()).toEqual({ satisfied: true, witnesses: ['w1'] });
      });
      const checkpoint = readFileSync(path.join(folder, 'ledger', 'checkpoint'), 'utf8');
      expect(checkpoint).toContain('\u2014 witness.example.org/w1 ');
      expect((await inFolder(folder, 'status')).out).toMatch(/^witnesses +w1: satisfied, seen by w1$/m);
      expect(readFileSync(path.join(folder, 'ledger', 'checkpoint'), 'utf8')).toBe(checkpoint);
    },
    MINUTE,
  );

  it(
    'holds a certificate back while the witness is down, and issues it once that is there again',
    async () => {
      const folder = folders.copyOf(trained);
      const home = folders.next();
      const { vkey, url, port } = await startWitness(home);
      writeFileSync(path.join(folder, 'policy'), policyOf(vkey, url));
      await stopWitness();
      await using(folder, async (installation) => {
        expect(await refusalOfAsync(() => erase(installation, 'req-1', 'person-1'))).toBe(
          'CHECKPOINT_NOT_WITNESSED',
        );
        expect(installation.requests.get('req-1').status).toBe('shredded');
        expect(existsSync(installation.certificates.fileOf('req-1'))).toBe(false);
      });
      const status = await inFolder(folder, 'status');
      expect(status.out).toMatch(/^witnesses +w1: NOT satisfied, seen by none\n +w1: WITNESS_UNREACHABLE/m);
      await startWitness(home, port);
      await using(folder, async (installation) => {
        await installation.resume();
        expect((await verified(installation, 'req-1')).witnesses.cosigned).toHaveLength(1);
      });
    },
    MINUTE,
  );

  it(
    'issues without witnesses only when it is told to, and verifiers with the policy refuse what it issued',
    async () => {
      const folder = folders.copyOf(trained);
      const { vkey, url } = await startWitness(folders.next());
      writeFileSync(path.join(folder, 'policy'), policyOf(vkey, url));
      await stopWitness();
      const file = path.join(folder, 'lacuna.json');
      const settings = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...settings, unwitnessed: 'perhaps' }));
      expect(await refusalOfAsync(() => openSmall(folder))).toBe('SETTINGS_MALFORMED');
      writeFileSync(file, JSON.stringify({ ...settings, unwitnessed: 'issue' }));
      await using(folder, async (installation) => {
        await erase(installation, 'req-1', 'person-1');
        expect(installation.ledger.checkpointPolicy()).toEqual({ satisfied: false, witnesses: [] });
        expect(await refusalOfAsync(() => verified(installation, 'req-1'))).toBe(
          'WITNESS_QUORUM_NOT_REACHED',
        );
      });
    },
    MINUTE,
  );

  it.each([
    [
      'is of another log',
      (vkey: string) => `log ${otherLog}\nwitness w ${vkey} http://127.0.0.1:1\nquorum w\n`,
      'TRUST_POLICY_OF_ANOTHER_LOG',
    ],
    [
      'names a witness nobody can ask',
      (vkey: string) => `witness w ${vkey}\nquorum w\n`,
      'WITNESS_URL_MISSING',
    ],
    [
      'is cut short',
      (vkey: string) => `witness w ${vkey} http://127.0.0.1:1\nquorum w`,
      'POLICY_NOT_TERMINATED',
    ],
  ])('that %s does not open', async (_, policy, code) => {
    const folder = folders.copyOf(trained);
    const { vkey } = await startWitness(folders.next());
    writeFileSync(path.join(folder, 'policy'), policy(vkey));
    expect(await refusalOfAsync(() => openSmall(folder))).toBe(code);
    await using(trained, async ({ witnessing }) => expect(witnessing).toBeUndefined());
  });
});
