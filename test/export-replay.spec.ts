import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decryptWith, encryptTo, newIdentity, recipientOf, type Identity, type Recipient } from '#libs/age';
import { keyNames } from '#libs/contracts';
import { concatBytes, toBase64Url } from '#libs/essentials';
import { REPLAY_EXPORT } from '#libs/verification';
import { readTar, writeTar, type FileToPack } from '#platform/tar';
import { SqliteEventStore } from '#stages/event-store';
import { exportReplay, type Installation } from '../apps/installation/index.js';
import { run } from '../apps/verifier/run.js';
import { expectRefusal, inFolder } from './support/lacuna-process.js';
import { PEOPLE, peopleByShard, populate, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
const [EARLY, FIRST, SECOND, REFUSED] = [1, 2, 3, 4].map((n) => `7f1d9b1e-0000-4000-8000-00000000000${n}`);
const TMPDIR = process.env.TMPDIR;

let identity: Identity;
let recipient: Recipient;
let identityFile: string;
let data: string;
let exported: string;
/** What must be in the export, and what must not: pseudonyms and keys. */
let ofTheShard: string[];
let ofOthers: string[];
/** Where the verifier unpacks; nothing may be left there. */
let workshop: string;

const secretsOf = ({ vault }: Installation, person: string): string[] => {
  const subject = vault.findSubject(person)!;
  const names = [keyNames.profile(subject), keyNames.label(subject), keyNames.interactions(subject, 0)];
  return [subject, ...names.map((name) => toBase64Url(vault.key(name)))];
};

/** One certificate from before any model, one of the first shard, one of the second; and a request that was refused. */
beforeAll(async () => {
  identity = await newIdentity();
  recipient = await recipientOf(identity);
  [data, exported, workshop] = [1, 2, 3].map(() => folders.next());
  for (const folder of [exported, workshop]) mkdirSync(folder);
  identityFile = path.join(exported, 'key.txt');
  writeFileSync(identityFile, `# public key: ${recipient}\n${identity}\n`);
  process.env.TMPDIR = workshop;
  await using(data, async (installation) => {
    const { requests, trainings } = installation;
    await expect(exportTo(installation, 'none.age')).rejects.toThrow(coded('EXPORT_NO_CERTIFICATE'));
    await populate(installation);
    const [one, other] = await peopleByShard(installation);
    const erase = async (requestId: string, externalId: string) =>
      (await requests.erase({ requestId, externalId, channel: 'cli' })).finished;
    await erase(EARLY, one[0]);
    await trainings.train();
    const horror = { requestId: FIRST, externalId: one[1], channel: 'cli' } as const;
    await (
      await requests.withdraw(horror, { categories: ['Horror'] })
    ).finished;
    await erase(SECOND, other[0]);
    await (
      await requests.withdraw({ ...horror, requestId: REFUSED }, { categories: ['Horror'] })
    ).finished;
    ofTheShard = other.slice(1).flatMap((person) => secretsOf(installation, person));
    ofOthers = one.slice(2).flatMap((person) => secretsOf(installation, person));
    await exportTo(installation, 'newest.age');
    await exportTo(installation, 'first.age', { requestId: FIRST });
    await exportTo(installation, 'all.age', { allShards: true });
  });
});
afterAll(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  folders.remove();
});

const at = (name: string): string => path.join(exported, name);
const coded = (code: string) => expect.objectContaining({ code, nextStep: expect.any(String) });

function exportTo(
  installation: Installation,
  name: string,
  choices: { requestId?: string; allShards?: boolean } = {},
): ReturnType<typeof exportReplay> {
  return exportReplay(installation, { recipient, file: at(name), ...choices });
}

async function replay(
  name: string,
  ...more: string[]
): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const argv = ['replay', '--export', at(name), '--identity', identityFile, '--threads', '1', ...more];
  const exitCode = await run(argv, {
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
  });
  expect(readdirSync(workshop)).toEqual([]);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

async function kept(name: string): Promise<string> {
  const folder = folders.next();
  expect(await replay(name, '--keep', folder)).toMatchObject({ exitCode: 0 });
  return folder;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .sort();

/** The export with other files in it than the operator packed. */
async function repacked(
  name: string,
  change: (files: Map<string, Uint8Array>) => void,
  original = 'newest.age',
): Promise<void> {
  const files = new Map<string, Uint8Array>();
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield await decryptWith(identity, Uint8Array.from(readFileSync(at(original))));
  }
  for await (const file of readTar(archive())) files.set(file.name, await gathered(file.content));
  change(files);
  async function* toPack(): AsyncGenerator<FileToPack> {
    for (const [file, content] of files) yield { name: file, size: content.length, content: [content] };
  }
  writeFileSync(at(name), await encryptTo(recipient, await gathered(writeTar(toPack()))));
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Uint8Array.from(piece));
  return concatBytes(...all);
}

describe('a replay export', () => {
  it.each([
    ['the newest certificate', 'newest.age', 1, []],
    ['an older one of another shard', 'first.age', 1, []],
    ['every shard', 'all.age', 3, ['--all-shards']],
  ])('lets an auditor replay %s', async (_, name, shards, more) => {
    const { exitCode, out } = await replay(name, ...more);
    expect(exitCode).toBe(0);
    expect(out.match(/^✓ shard/gm)).toHaveLength(shards);
    expect(out).toContain('TRUST_FROM_THE_EXPORT');
  });

  it('is believed on the word of a trust folder of the auditor’s own, where there is one', async () => {
    const folder = await kept('newest.age');
    const { exitCode, out } = await replay('newest.age', '--trust', path.join(folder, REPLAY_EXPORT.trust));
    expect(exitCode).toBe(0);
    expect(out).not.toContain('TRUST_FROM_THE_EXPORT');
  });

  it('holds what one replay needs and nothing of other people', async () => {
    const folder = await kept('newest.age');
    const files = filesIn(folder);
    expect(files.filter((file) => !file.startsWith('trust/'))).toEqual([
      'certificate.sigstore.json',
      'events.db',
      'models/manifest.json',
      'proofs.json',
      'replay-keys.jsonl',
      'shards.json',
    ]);
    const content = files.map((file) => readFileSync(path.join(folder, file), 'latin1')).join('\n');
    for (const secret of ofTheShard) expect(content).toContain(secret);
    for (const secret of [...ofOthers, ...PEOPLE]) expect(content).not.toContain(secret);
  });

  it('holds no event of a request but what was put out of use and erased', async () => {
    const store = SqliteEventStore.open(path.join(await kept('all.age'), REPLAY_EXPORT.events), {
      readOnly: true,
    });
    const types = new Map<string, number>();
    for await (const { type } of store.readAll()) types.set(type, (types.get(type) ?? 0) + 1);
    await store.close();
    expect([...types.keys()].sort()).toEqual([
      'ConsentGranted',
      'InteractionRecorded',
      'ItemCatalogued',
      'ModelGenesis',
      'RecordsErased',
      'RecordsQuarantined',
    ]);
    expect(types.get('ModelGenesis')).toBe(1);
  });

  it('is for its owner only, as is what is unpacked', async () => {
    expect(statSync(at('newest.age')).mode & 0o777).toBe(0o600);
    const folder = await kept('newest.age');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, REPLAY_EXPORT.keys)).mode & 0o777).toBe(0o600);
  });

  it('is not made where a file is, nor of a request that has nothing to replay, and leaves nothing then', async () => {
    await using(data, async (installation) => {
      const attempts: [string, string, { requestId?: string }][] = [
        ['EXPORT_FILE_EXISTS', 'newest.age', {}],
        ['EXPORT_FILE_UNWRITABLE', 'nowhere/x.age', {}],
        ['REQUEST_UNKNOWN', 'x.age', { requestId: 'none' }],
        ['CERTIFICATE_NOT_ISSUED', 'x.age', { requestId: REFUSED }],
        ['EXPORT_NO_MODEL', 'x.age', { requestId: EARLY }],
      ];
      for (const [code, name, choices] of attempts)
        await expect(exportTo(installation, name, choices)).rejects.toThrow(coded(code));
    });
    expect(readdirSync(exported).filter((name) => name.startsWith('x') || name.startsWith('.'))).toEqual([]);
  });

  it('is made by a command, to a recipient that is one', async () => {
    const made = ['export', 'replay', '--recipient', recipient, '--out', at('command.age')];
    expect(await inFolder(data, ...made)).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining(SECOND),
    });
    expect(await replay('command.age')).toMatchObject({ exitCode: 0 });
    const nobody = ['export', 'replay', '--recipient', 'age1nobody', '--out', at('nobody.age')];
    expectRefusal(await inFolder(data, ...nobody), 'RECIPIENT_NOT_X25519');
  });
});

describe('a replay export cannot be used, which says nothing about the certificate,', () => {
  it('for shards that it was not made for', async () => {
    const { exitCode, err } = await replay('newest.age', '--all-shards');
    expect([exitCode, err]).toEqual([2, expect.stringContaining('REPLAY_EXPORT_LACKS_SHARDS')]);
  });

  it('with another identity', async () => {
    const another = at('another.txt');
    writeFileSync(another, await newIdentity());
    const { exitCode, err } = await replay('newest.age', '--identity', another);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('AGE_FILE_OF_ANOTHER')]);
  });

  it.each<[string, (file: Uint8Array) => Uint8Array]>([
    ['cut short early', (file) => file.subarray(0, file.length / 2)],
    ['cut short late', (file) => file.subarray(0, file.length - 1)],
    ['changed', (file) => file.map((byte, index) => (index === file.length - 9 ? byte ^ 1 : byte))],
  ])('when it was %s', async (_, damage) => {
    writeFileSync(at('damaged.age'), damage(Uint8Array.from(readFileSync(at('newest.age')))));
    const { exitCode, err } = await replay('damaged.age');
    expect([exitCode, err]).toEqual([2, expect.stringContaining('AGE_FILE_MALFORMED')]);
  });

  it.each<[string, string, (files: Map<string, Uint8Array>) => void]>([
    ['a part is missing', 'REPLAY_EXPORT_INCOMPLETE', (files) => files.delete(REPLAY_EXPORT.keys)],
    [
      'a file would go elsewhere',
      'REPLAY_EXPORT_MALFORMED',
      (files) => files.set('models/../../up', new Uint8Array(1)),
    ],
    [
      'nobody knows its shards',
      'REPLAY_EXPORT_MALFORMED',
      (files) => files.set(REPLAY_EXPORT.shards, new TextEncoder().encode('{}')),
    ],
  ])('when %s', async (_, code, change) => {
    await repacked('repacked.age', change);
    const { exitCode, err } = await replay('repacked.age');
    expect([exitCode, err]).toEqual([2, expect.stringContaining(code)]);
  });

  it('when it holds something else', async () => {
    writeFileSync(
      at('else.age'),
      await encryptTo(recipient, new TextEncoder().encode('not an archive'.repeat(99))),
    );
    const { exitCode, err } = await replay('else.age');
    expect([exitCode, err]).toEqual([2, expect.stringContaining('REPLAY_EXPORT_MALFORMED')]);
  });

  it.each([
    ['with files beside it', ['--events', 'events.db'], 'OPTIONS_CONFLICT'],
    ['when it is not there', ['--export', 'nowhere.age'], 'FILE_UNREADABLE'],
    ['in a folder that holds something', ['--keep', '.'], 'FOLDER_NOT_EMPTY'],
  ])('%s', async (_, more, code) => {
    const { exitCode, err } = await replay('newest.age', ...more);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(code)]);
  });
});

it('a replay export that somebody wrote into is refused as any other copy of the log', async () => {
  await repacked('forged.age', (files) => {
    const events = Buffer.from(files.get(REPLAY_EXPORT.events)!);
    const record = events.indexOf('"sealed":"') + 60;
    events[record] = events[record] === 0x41 ? 0x42 : 0x41;
    files.set(REPLAY_EXPORT.events, Uint8Array.from(events));
  });
  const { exitCode, err } = await replay('forged.age');
  expect([exitCode, err]).toEqual([1, expect.stringContaining('REPLAY_PAYLOAD_DAMAGED')]);
});
