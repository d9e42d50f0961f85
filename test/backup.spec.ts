import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { newIdentity, recipientOf, type Identity } from '#libs/age';
import { utf8 } from '#libs/essentials';
import { streamNames } from '#libs/messaging';
import { refusalOfAsync } from '#libs/testkit';
import { loadTrust, trustFolderOf, verifyCertificate } from '#libs/verification';
import { restoreBackup, writeBackup, type RestoreOrder } from '../apps/backup/index.js';
import { checkInstallationLedger } from '../apps/installation/index.js';
import { expectRefusal, inFolder, lacuna } from './support/lacuna-process.js';
import {
  interactionsOf,
  ITEMS,
  openSmall,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const [ERASED, WITHDRAWN, OPEN, OTHER] = [PEOPLE[4], PEOPLE[5], PEOPLE[6], PEOPLE[7]];
const REQUESTS = [1, 2, 3].map((n) => `7f1d9b1e-0000-4000-8000-00000000000${n}`);

/** What lies outside the installation, on other disks. */
let outside: {
  backup: string;
  journal: string;
  ledger: string;
  checkpoint: string;
  kek: string;
  certificates: string;
};
let identity: Identity;
let data: string;
/** Of the erased person before they were erased: pseudonym, key names, sealed payloads. */
let before: { subject: string; keys: readonly string[]; sealed: readonly string[] };
let trust: Parameters<typeof verifyCertificate>[0]['trust'];

beforeAll(async () => {
  data = folders.next();
  const home = folders.next();
  mkdirSync(home);
  const at = (name: string): string => path.join(home, name);
  outside = {
    backup: at('backup.age'),
    journal: at('destructions.jsonl'),
    ledger: at('ledger'),
    checkpoint: at('checkpoint'),
    kek: at('kek.key'),
    certificates: at('certificates'),
  };
  identity = await newIdentity();
  await using(
    data,
    async (installation) => {
      await populate(installation);
      await installation.trainings.train();
      before = await personIn(installation);
      // Online: the installation is open, and holds the lock of its folder.
      const written = await writeBackup({
        folder: data,
        file: outside.backup,
        lock: { kind: 'recipients', recipients: [await recipientOf(identity)] },
      });
      expect(written).toMatchObject({ holdsKek: false, ledgerSize: 2 });
      const { requests } = installation;
      const submitted = (n: number, externalId: string) => ({
        requestId: REQUESTS[n],
        externalId,
        channel: 'cli' as const,
      });
      await (
        await requests.erase(submitted(0, ERASED))
      ).finished;
      await (
        await requests.withdraw(submitted(1, WITHDRAWN), { categories: ['Horror'] })
      ).finished;
      await installation.ledger.exportTo(outside.ledger);
      writeFileSync(outside.checkpoint, installation.ledger.checkpoint());
      trust = loadTrust(trustFolderOf(installation.trustFiles));
    },
    { destructions: outside.journal },
  );
  copyFileSync(path.join(data, 'kek.key'), outside.kek);
  cpSync(path.join(data, 'certificates'), outside.certificates, { recursive: true });
}, 120_000);

async function personIn({ vault, store }: Parameters<typeof populate>[0]): Promise<typeof before> {
  const subject = vault.findSubject(ERASED)!;
  const sealed: string[] = [];
  for await (const { data: payload } of store.readStream(streamNames.interactions(subject, 0)))
    sealed.push((payload as { sealed: string }).sealed);
  return { subject, keys: vault.liveKeys(`${subject}/`), sealed };
}

const restore = (order: Partial<RestoreOrder> = {}) => {
  const folder = order.folder ?? folders.next();
  const whole = restoreBackup({
    file: outside.backup,
    key: { kind: 'identity', identity },
    destructions: outside.journal,
    ledger: outside.ledger,
    certificates: outside.certificates,
    checkpoint: outside.checkpoint,
    kek: {},
    kekFile: outside.kek,
    ...order,
    folder,
  });
  return whole.then((restored) => ({ folder, ...restored }));
};

function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('a backup of last month, restored after an erasure', () => {
  let folder: string;
  beforeAll(async () => {
    const restored = await restore();
    ({ folder } = restored);
    expect(restored.replayed).toMatchObject({ requests: 2, people: 1, reopened: 0, modelsRemoved: true });
    expect(restored.ledger.after).toBeGreaterThan(restored.ledger.before);
  }, 60_000);

  it('has nothing of the person anywhere, before it was ever opened', () => {
    const content = contentsOf(folder);
    expect(contentsOf(data)).not.toContain(before.sealed[0]); // what the original installation holds is the measure
    for (const sealed of before.sealed) expect(content).not.toContain(sealed);
    expect(content).not.toContain(ERASED);
    const vault = new Database(path.join(folder, 'vault.db'), { readonly: true });
    const destroyed = vault.prepare('SELECT name FROM destroyed_keys').pluck().all();
    for (const key of before.keys) expect(destroyed).toContain(key);
    expect(
      vault.prepare('SELECT count(*) FROM directory WHERE subject = ?').pluck().get(before.subject),
    ).toBe(0);
    vault.close();
  });

  it('still verifies the certificate of the erasure, and goes on with the ledger that outsiders saw', async () => {
    const { log } = verifyCertificate({
      bundle: utf8(readFileSync(path.join(outside.certificates, `${REQUESTS[0]}.sigstore.json`), 'utf8')),
      trust,
    });
    await using(folder, async ({ ledger }) => {
      expect(ledger.size()).toBeGreaterThan(log.index);
      expect(ledger.checkpoint()).toBe(readFileSync(outside.checkpoint, 'utf8'));
    });
  });

  it('serves no model that learned from the person until the line was trained, and then one that did not', async () => {
    await using(folder, async (installation) => {
      const asked = () => installation.recommendations.recommend(OTHER, 3);
      expect(await refusalOfAsync(asked)).toBe('MODEL_FILE_MISSING');
      await installation.trainings.train();
      expect((await asked()).items).toHaveLength(3);
      expect(await refusalOfAsync(() => installation.recommendations.recommend(ERASED, 3))).toBe(
        'SUBJECT_UNKNOWN',
      );
    });
  });

  it('keeps what a withdrawal kept, and takes in nothing of what was withdrawn', async () => {
    await using(folder, async (installation) => {
      const { vault, subjects, ingest, requests } = installation;
      const subject = vault.findSubject(WITHDRAWN)!;
      const categoryOf = (item: string) => ITEMS.find((one) => one.item === item)!.categories[0];
      const mine = interactionsOf([WITHDRAWN]);
      const kept = mine.filter(({ item }) => categoryOf(item) !== 'Horror');
      const stored = await subjects.stored(subject);
      expect(stored.map(({ item }) => item).sort()).toEqual(kept.map(({ item }) => item).sort());
      const again = await ingest.imports.importEntries(mine, { onBadLine: 'skip' });
      expect(again.recorded).toBe(0);
      await installation.resume();
      expect(requests.get(REQUESTS[0]).status).toBe('closed');
      expect(requests.get(REQUESTS[1]).status).toBe('closed');
    });
  });

  it('is checked like any other, and names only what the lost days have taken', async () => {
    const { findings } = await checkInstallationLedger({ folder, clockTolerance: 60_000 });
    // Of versions that were published since.
    expect([...new Set(findings.map(({ code }) => code))]).toEqual(['LEDGER_LEAF_WITHOUT_EVENT']);
  });
});

describe('restoring', () => {
  it.each([
    ['LEDGER_BEHIND_OUTSIDE', { ledger: undefined }],
    ['LEDGER_BEHIND_DESTRUCTIONS', { ledger: undefined, checkpoint: undefined }],
    ['DESTRUCTIONS_MISSING', { destructions: path.join('nowhere', 'journal') }],
    ['BACKUP_FILE_MISSING', { file: path.join('nowhere', 'backup') }],
    ['KEK_MISSING', { kekFile: undefined }],
  ] as [string, Partial<RestoreOrder>][])(
    'is refused with %s, and the folder opens for nobody',
    async (code, order) => {
      const folder = folders.next();
      expect(await refusalOfAsync(() => restore({ ...order, folder }))).toBe(code);
      if (code === 'BACKUP_FILE_MISSING') return;
      expect(await refusalOfAsync(() => openSmall(folder))).toBe('DATA_FOLDER_UNFINISHED');
      await restore({ folder }); // begins anew
      await using(folder, async ({ vault }) => expect(vault.findSubject(ERASED)).toBeUndefined());
    },
  );

  it('is refused under another key, and for a file that was changed or cut short', async () => {
    const changed = folders.next();
    const bytes = readFileSync(outside.backup);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(changed, bytes);
    const short = folders.next();
    copyFileSync(outside.backup, short);
    truncateSync(short, bytes.length - 70_000);
    const another = { kind: 'identity', identity: await newIdentity() } as const;
    expect(await refusalOfAsync(() => restore({ key: another }))).toBe('AGE_FILE_OF_ANOTHER');
    expect(await refusalOfAsync(() => restore({ file: changed }))).toBe('AGE_FILE_MALFORMED');
    expect(await refusalOfAsync(() => restore({ file: short }))).toBe('AGE_FILE_MALFORMED');
  });

  it('is refused into a folder that holds anything', async () => {
    expect(await refusalOfAsync(() => restore({ folder: data }))).toBe('RESTORE_FOLDER_NOT_EMPTY');
    expect(existsSync(path.join(data, 'vault.db'))).toBe(true);
  });

  it('is refused with a journal of before the backup, of another installation, or that was cut short', async () => {
    const lines = readFileSync(outside.journal, 'utf8').split('\n');
    const journal = (text: string): string => {
      const file = folders.next();
      writeFileSync(file, text);
      return file;
    };
    const newer = folders.next();
    await using(data, async () => {
      await writeBackup({
        folder: data,
        file: newer,
        lock: { kind: 'recipients', recipients: [await recipientOf(identity)] },
      });
    });
    const refusal = (text: string) =>
      refusalOfAsync(() => restore({ file: newer, destructions: journal(text) }));
    expect(await refusal(`${lines[0]}\n`)).toBe('DESTRUCTIONS_OLDER_THAN_BACKUP');
    expect(await refusal(lines.join('\n').replace(/"installation":"[^"]+"/, '"installation":"x"'))).toBe(
      'DESTRUCTIONS_OF_ANOTHER_INSTALLATION',
    );
    expect(await refusal(lines.join('\n').slice(0, -20))).toBe('DESTRUCTIONS_MALFORMED');
  });

  it('refuses a published copy that is a fork, and a checkpoint that another log signed', async () => {
    const fork = folders.next();
    await using(folders.copyOf(data), async (installation) => {
      await installation.trainings.train();
      await installation.ledger.exportTo(fork);
    });
    const other = folders.next();
    await using(folders.next(), ({ ledger }) => ledger.exportTo(other));
    await restore({ ledger: fork }); // goes on from what was seen: no fork yet
    expect(await refusalOfAsync(() => restore({ checkpoint: path.join(other, 'checkpoint') }))).toMatch(
      /^(?:CHECKPOINT|NOTE|SIGNATURE)/,
    );
  });
});

describe('a request that was not certified when the installation was lost', () => {
  it('is back with its records out of use, and is worked to its certificate', async () => {
    const folder = folders.copyOf(data);
    const [backup, journal] = [folders.next(), folders.next()];
    const lost = await openSmall(folder, {
      destructions: journal,
      onRequestStep: (_, step, when) => {
        if (step === 'destroy-keys' && when === 'after') throw new Error('the power fails');
      },
    });
    await writeBackup({
      folder,
      file: backup,
      lock: { kind: 'recipients', recipients: [await recipientOf(identity)] },
    });
    await (
      await lost.requests.erase({ requestId: REQUESTS[2], externalId: OPEN, channel: 'cli' })
    ).finished.catch(() => {});
    await lost.close();
    const restored = await restore({
      file: backup,
      destructions: journal,
      ledger: undefined,
      checkpoint: undefined,
    });
    expect(restored.replayed).toMatchObject({ requests: 0, reopened: 1, modelsRemoved: false });
    await using(restored.folder, async (installation) => {
      expect(installation.requests.get(REQUESTS[2]).status).toBe('quarantined');
      await installation.resume();
      expect(installation.requests.get(REQUESTS[2]).status).toBe('closed');
      expect(installation.vault.findSubject(OPEN)).toBeUndefined();
    });
  });
});

describe('a backup', () => {
  it('is of one moment, whatever is written meanwhile', async () => {
    const folder = folders.next();
    const file = folders.next();
    await using(folder, async (installation) => {
      await installation.ingest.catalogue.catalogue(ITEMS);
      let isOver = false;
      const writing = (async () => {
        for (let n = 0; !isOver; n++)
          await installation.ingest.imports.importEntries(
            interactionsOf([PEOPLE[0]])
              .slice(0, 1)
              .map((entry) => ({ ...entry, subject: `person-${n}` })),
            {
              onBadLine: 'stop',
              newPeople: { purpose: PURPOSE, method: 'test', evidenceReference: 'urn:test' },
            },
          );
      })();
      await writeBackup({
        folder,
        file,
        lock: { kind: 'passphrase', passphrase: 'a long enough passphrase' },
      });
      isOver = true;
      await writing;
    });
    const restored = await restore({
      file,
      key: { kind: 'passphrase', passphrase: 'a long enough passphrase' },
      ...{ destructions: undefined, ledger: undefined, checkpoint: undefined },
      kekFile: path.join(folder, 'kek.key'),
    });
    await using(restored.folder, async ({ store, vault }) => {
      // Whoever has a record has a key, and whoever has a key is in the directory: the stores fit together.
      for await (const { stream } of store.readAll({ filter: { types: ['InteractionRecorded'] } }))
        expect(vault.keyState(stream.replace(/^interactions-(.+)(~\d+)$/, '$1/interactions$2'))).toBe('live');
    });
    expect(existsSync(path.join(folder, '.backup'))).toBe(false);
  });

  it('does not hold the key-encryption key unless that is asked for', async () => {
    const lock = { kind: 'recipients', recipients: [await recipientOf(identity)] } as const;
    const file = folders.next();
    expect(await writeBackup({ folder: data, file, lock, withKek: true })).toMatchObject({ holdsKek: true });
    const { folder } = await restore({ file, kekFile: undefined });
    expect(readFileSync(path.join(folder, 'kek.key'))).toEqual(readFileSync(outside.kek));
    expect(await refusalOfAsync(() => writeBackup({ folder: data, file, lock }))).toBe('BACKUP_FILE_EXISTS');
    expect(
      await refusalOfAsync(() => writeBackup({ folder: folders.next(), file: folders.next(), lock })),
    ).toBe('BACKUP_NOT_WHOLE');
  });

  it('holds nothing of a data folder but what it names', async () => {
    const folder = folders.copyOf(data);
    for (const name of ['jobs', 'events-copy-1', 'outbox']) {
      mkdirSync(path.join(folder, name), { recursive: true });
      writeFileSync(path.join(folder, name, 'records'), 'in the clear');
    }
    const file = folders.next();
    const lock = { kind: 'recipients', recipients: [await recipientOf(identity)] } as const;
    await writeBackup({ folder, file, lock });
    const restored = await restore({ file });
    expect(readdirSync(restored.folder)).toEqual(
      expect.not.arrayContaining(['jobs', 'events-copy-1', 'outbox']),
    );
  });

  it('leaves sessions and what waited to be sent behind', async () => {
    const { folder } = await restore();
    expect(readdirSync(folder)).not.toContain('outbox.db');
    const access = new Database(path.join(folder, 'access.db'), { readonly: true });
    expect(access.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0);
    access.close();
  });
});

describe('lacuna backup and restore', () => {
  it('are told apart from what they need, and survive being killed in the middle', async () => {
    const [file, pass, journal, folder] = [1, 2, 3, 4].map(() => folders.next());
    writeFileSync(pass, 'a long enough passphrase\n');
    expectRefusal(await inFolder(data, 'backup', file), 'BACKUP_KEY_UNCLEAR');
    expect((await inFolder(data, 'backup', file, '--passphrase-file', pass)).out).toContain(
      'written and read back',
    );
    expect((await inFolder(data, 'backup', 'destructions', '--out', journal)).out).toContain(
      'news of 2 requests',
    );
    const argv = ['restore', file, '--passphrase-file', pass, '--kek', outside.kek];
    expectRefusal(await inFolder(folder, ...argv), 'CONFIRMATION_MISSING');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'restore-unfinished.json'), '{}'); // as a restore that was killed leaves it
    writeFileSync(path.join(folder, 'vault.db'), 'half a file');
    expectRefusal(await inFolder(folder, 'status'), 'DATA_FOLDER_UNFINISHED');
    const restored = await lacuna(['--data-folder', folder, ...argv, '--destructions', journal]);
    expect(restored.out).toContain('Carried out again: 0 requests');
    expect((await inFolder(folder, 'requests')).exitCode).toBe(0);
  }, 120_000); // eight processes, one after another
});
