import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentOf, expectRefusal, inFolder, lacuna } from './support/lacuna-process.js';
import {
  interactionsOf,
  openSmall,
  PEOPLE,
  populate,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();

let trained: string;
beforeAll(async () => {
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
});
afterAll(() => folders.remove());

describe('a data folder that cannot be used', () => {
  it(
    'because another process works there is left to it',
    async () => {
      const folder = folders.copyOf(trained);
      const holder = await openSmall(folder);
      try {
        expectRefusal(await inFolder(folder, 'status'), 'DATA_FOLDER_IN_USE');
      } finally {
        await holder.close();
      }
    },
    MINUTE,
  );

  it(
    'because its key is missing does not get another one',
    async () => {
      const folder = folders.copyOf(trained);
      rmSync(path.join(folder, 'kek.key'));
      expectRefusal(await inFolder(folder, 'status'), 'KEK_MISSING');
      expect(readdirSync(folder)).not.toContain('kek.key');
    },
    MINUTE,
  );

  it(
    'because the key is another one says so, and shows neither',
    async () => {
      const folder = folders.copyOf(trained);
      const LACUNA_KEK = randomBytes(32).toString('hex');
      const ended = await lacuna(['--data-folder', folder, 'recommend', PEOPLE[1]], { LACUNA_KEK });
      expectRefusal(ended, 'KEK_WRONG');
      expect(ended.out + ended.err).not.toContain(LACUNA_KEK);
    },
    MINUTE,
  );

  it(
    'because it is a file is not touched',
    async () => {
      const file = folders.next();
      writeFileSync(file, 'of somebody');
      expectRefusal(await inFolder(file, 'status'), 'DATA_FOLDER_UNWRITABLE');
      expect(readFileSync(file, 'utf8')).toBe('of somebody');
    },
    MINUTE,
  );
});

describe('a damaged model file', () => {
  const blobs = (folder: string) =>
    readdirSync(path.join(folder, 'models', 'blobs'), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, 'models', 'blobs', name))
      .filter((file) => statSync(file).isFile());

  it(
    'is not recommended from, and is mended by training anew',
    async () => {
      const folder = folders.copyOf(trained);
      const modelFiles = blobs(folder).filter((file) => readFileSync(file)[0] !== 0x7b); // the others are manifests: {…}
      expect(modelFiles.length).toBeGreaterThan(1);
      const bytes = readFileSync(modelFiles[0]);
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(modelFiles[0], bytes);
      expectRefusal(await inFolder(folder, 'recommend', PEOPLE[1]), 'MODEL_FILE_DAMAGED');
      expect((await inFolder(folder, 'train')).exitCode).toBe(0);
      const { exitCode, out } = await inFolder(folder, 'recommend', PEOPLE[1], '--json', '-k', '3');
      expect(exitCode).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ model: { version: 2 } });
    },
    MINUTE,
  );
});

describe('a command that cannot be carried out', () => {
  let folder: string;
  let before: string;
  beforeAll(() => {
    folder = folders.copyOf(trained);
    before = contentOf(folder);
  });

  it.each<[string, string[], string]>([
    ['a person nobody knows', ['recommend', 'stranger'], 'SUBJECT_UNKNOWN'],
    ['a stranger to be erased', ['erase', 'stranger', '--yes'], 'SUBJECT_UNKNOWN'],
    ['an erasure that is not confirmed', ['erase', PEOPLE[1]], 'CONFIRMATION_MISSING'],
    ['a withdrawal of nothing', ['withdraw', PEOPLE[1]], 'SCOPE_EMPTY'],
    ['a request nobody made', ['requests', '77'], 'REQUEST_UNKNOWN'],
    ['more items than anybody reads', ['recommend', PEOPLE[1], '-k', '1001'], 'K_OUT_OF_RANGE'],
    [
      'consent without evidence',
      ['import', 'x.csv', '--grant-consent', 'recommendations'],
      'EVIDENCE_MISSING',
    ],
    ['a file that is not there', ['import', 'nowhere.csv'], 'FILE_NOT_FOUND'],
  ])(
    'for %s says why and what to do, and changes nothing',
    async (_, argv, code) => {
      const ended = await inFolder(folder, ...argv);
      expectRefusal(ended, code);
      expect(ended.err).not.toContain('stranger');
      expect(ended.err).not.toContain(PEOPLE[1]);
      expect(contentOf(folder)).toBe(before);
    },
    MINUTE,
  );

  it.each<[string, string[], string]>([
    ['an unknown command', ['frobnicate'], "unknown command 'frobnicate'"],
    ['an unknown option', ['train', '--fast'], "unknown option '--fast'"],
    ['a number that is none', ['recommend', PEOPLE[1], '-k', 'many'], 'expected a whole number'],
    ['a line that could not have a folder', ['lines', 'start', '../x'], 'expected lower-case letters'],
  ])(
    'because of %s points to the help',
    async (_, argv, message) => {
      const { exitCode, err } = await inFolder(folder, ...argv);
      expect(exitCode).toBe(1);
      expect(err).toContain(message);
      expect(err).toContain('--help');
      expect(contentOf(folder)).toBe(before);
    },
    MINUTE,
  );
});

describe('lacuna', () => {
  it(
    'lists its commands when asked for help',
    async () => {
      const { exitCode, out, err } = await lacuna(['--help']);
      expect([exitCode, err]).toEqual([0, '']);
      for (const command of ['import', 'train', 'recommend', 'withdraw', 'erase', 'export', 'demo'])
        expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    },
    MINUTE,
  );

  it(
    'unlearns, certifies and exports from the command line',
    async () => {
      const folder = folders.copyOf(trained);
      const person = PEOPLE[2];
      const erased = await inFolder(folder, 'erase', person, '--yes');
      expect(erased.exitCode).toBe(0);
      const records = interactionsOf([person]).length;
      expect(erased.out).toContain(`${records} records unlearned and destroyed, 0 kept`);
      const out = folders.next();
      expect((await inFolder(folder, 'export', out)).exitCode).toBe(0);
      expect(readdirSync(path.join(out, 'certificates'))).toHaveLength(2); // the certificate and its proofs
      const [{ status }] = JSON.parse((await inFolder(folder, 'requests', '--json')).out) as {
        status: string;
      }[];
      expect(status).toBe('closed');
    },
    MINUTE,
  );
});
