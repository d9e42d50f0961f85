import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decryptWith, newIdentity, recipientOf, type Identity } from '#libs/age';
import { parseReceipt } from '#libs/certificate';
import { fromUtf8, utf8 } from '#libs/essentials';
import { composeReceipt, verifyReceipt } from '#libs/verification';
import type { Installation, InstallationOptions } from '../apps/installation/index.js';
import {
  fixedClock,
  interactionsOf,
  openSmall,
  PEOPLE,
  populate,
  TemporaryFolders,
  trustOf,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const ERASURE = '7f1d9b1e-0000-4000-8000-000000000001';
const WITHDRAWAL = '7f1d9b1e-0000-4000-8000-000000000002';
const PERSON = PEOPLE[4];
const DAY = 86_400_000;
const isHorror = ({ item }: { readonly item: string }) => Number(item.slice(1)) % 3 === 2;
const later = (days: number): Partial<InstallationOptions> => ({
  now: () => new Date(fixedClock().getTime() + days * DAY),
});

let trained: string;
let identity: Identity;
let receiptRecipient: string;
beforeAll(async () => {
  identity = await newIdentity();
  receiptRecipient = await recipientOf(identity);
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
}, 60_000);

const erase = ({ requests }: Installation, recipient: string | undefined = receiptRecipient) =>
  requests.erase({ requestId: ERASURE, externalId: PERSON, channel: 'api', receiptRecipient: recipient });
const withdrawHorror = ({ requests }: Installation) =>
  requests.withdraw(
    { requestId: WITHDRAWAL, externalId: PERSON, channel: 'api', receiptRecipient },
    { categories: ['Horror'] },
  );
/** Lets no openings be written until what is returned is called. */
function obstruct(folder: string): () => void {
  const inTheWay = path.join(folder, 'receipts');
  writeFileSync(inTheWay, 'a file where the folder should be');
  return () => rmSync(inTheWay);
}

const openingsFile = (folder: string, requestId: string) => path.join(folder, 'receipts', `${requestId}.age`);

/** What the person makes of what is fetched, verified. */
async function receiptOf(installation: Installation, requestId: string) {
  const openings = await decryptWith(identity, await installation.receipts.read(requestId));
  const certificate = utf8(JSON.stringify(await installation.certificates.read(requestId)));
  const receipt = composeReceipt(openings, certificate);
  verifyReceipt({ receipt, trust: trustOf(installation) });
  return parseReceipt(receipt);
}

const plain = (entries: readonly { item: string; type: string; time: number; value: number }[]) =>
  entries
    .map(({ item, type, time, value }) => ({ item, type, time, value }))
    .sort((a, b) => a.item.localeCompare(b.item));

describe('the receipt of an erasure', () => {
  it('holds every record of the person, and verifies after our keys are gone', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const subject = installation.vault.findSubject(PERSON)!;
      await (
        await erase(installation)
      ).finished;
      expect(installation.vault.keyState(`${subject}/label`)).toBe('destroyed');
      expect(plain((await receiptOf(installation, ERASURE)).records)).toEqual(
        plain(interactionsOf([PERSON])),
      );
    });
  });

  it('is not made unless a recipient came with the request', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      await (
        await installation.requests.erase({ requestId: ERASURE, externalId: PERSON, channel: 'api' })
      ).finished;
      await expect(installation.receipts.read(ERASURE)).rejects.toMatchObject({ code: 'RECEIPT_NOT_KEPT' });
    });
    expect(readdirSync(folder)).not.toContain('receipts');
  });

  it('leaves nothing behind that we can read, and nothing that names the recipient', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      await (
        await erase(installation)
      ).finished;
    });
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const bytes = files.map((file) =>
      readFileSync(path.join(file.parentPath ?? file.path, file.name), 'latin1'),
    );
    for (const content of bytes) expect(content).not.toContain(receiptRecipient.slice(4));
    const kept = readFileSync(openingsFile(folder, ERASURE));
    await expect(decryptWith(await newIdentity(), kept)).rejects.toMatchObject({
      code: 'AGE_FILE_OF_ANOTHER',
    });
  });

  it('is refused for a recipient that is none, before anything is recorded', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await expect(erase(installation, 'age1pq1qqqq')).rejects.toMatchObject({
        code: 'RECIPIENT_NOT_X25519',
      });
      expect(installation.requests.all()).toEqual([]);
    });
  });

  it('goes to one recipient: a repetition with another one is another request', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      const clear = obstruct(folder); // so that the person still exists
      await expect((await erase(installation)).finished).rejects.toBeDefined();
      const other = await recipientOf(await newIdentity());
      await expect(erase(installation, other)).rejects.toMatchObject({ code: 'REQUEST_ID_REUSED' });
      clear();
      await (
        await erase(installation)
      ).finished;
      expect((await receiptOf(installation, ERASURE)).request).toBe(ERASURE);
    });
  });
});

describe('the receipt of a withdrawal', () => {
  it('holds the withdrawn records, and no others', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await (
        await withdrawHorror(installation)
      ).finished;
      expect(plain((await receiptOf(installation, WITHDRAWAL)).records)).toEqual(
        plain(interactionsOf([PERSON]).filter(isHorror)),
      );
    });
  });

  it('is made although the person is erased in the same breath, and that erasure has its own', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      const clear = obstruct(folder); // both wait for the same rebuild
      for (const { finished } of [await withdrawHorror(installation), await erase(installation)])
        await expect(finished).rejects.toBeDefined();
      clear();
      await installation.resume();
      const [withdrawn, erased] = await Promise.all(
        [WITHDRAWAL, ERASURE].map((requestId) => receiptOf(installation, requestId)),
      );
      const all = interactionsOf([PERSON]);
      expect(plain(withdrawn.records)).toEqual(plain(all.filter(isHorror)));
      expect(plain(erased.records)).toEqual(plain(all.filter((entry) => !isHorror(entry))));
    });
  });
});

describe('openings that wait for their person', () => {
  const erased = async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      await (
        await erase(installation)
      ).finished;
    });
    return folder;
  };

  it('are gone once they were fetched and removed, however often that is asked for', async () => {
    const folder = await erased();
    await using(folder, async (installation) => {
      await installation.receipts.remove(ERASURE);
      await installation.receipts.remove(ERASURE);
      await expect(installation.receipts.read(ERASURE)).rejects.toMatchObject({ code: 'RECEIPT_NOT_KEPT' });
      await installation.resume();
    });
    expect(readdirSync(path.join(folder, 'receipts'))).toEqual([]);
  });

  it('are kept for 90 days and removed by the first start after them', async () => {
    const folder = await erased();
    await using(folder, ({ receipts }) => receipts.read(ERASURE), later(90));
    await using(folder, async () => {}, later(91));
    expect(readdirSync(path.join(folder, 'receipts'))).toEqual([]);
  });

  it('are kept for as many days as the settings say', async () => {
    const folder = await erased();
    const file = path.join(folder, 'lacuna.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...settings, receiptDays: 7 }));
    await using(folder, ({ receipts }) => receipts.read(ERASURE), later(7));
    await using(folder, async () => {}, later(8));
    expect(readdirSync(path.join(folder, 'receipts'))).toEqual([]);
    writeFileSync(file, JSON.stringify({ ...settings, receiptDays: 0 }));
    await expect(openSmall(folder)).rejects.toMatchObject({ code: 'SETTINGS_MALFORMED' });
  });

  it('expire for whoever asks, also in a process that never stops', async () => {
    let days = 0;
    const now = () => new Date(fixedClock().getTime() + days * DAY);
    await using(
      await erased(),
      async ({ receipts }) => {
        days = 91;
        await expect(receipts.read(ERASURE)).rejects.toMatchObject({ code: 'RECEIPT_NOT_KEPT' });
      },
      { now },
    );
  });

  it('do not share their folder with what a crash left half-written, or what belongs to no request', async () => {
    const folder = await erased();
    for (const name of [`${ERASURE}.age.123-0.tmp`, `${WITHDRAWAL}.age`, 'notes.txt'])
      writeFileSync(path.join(folder, 'receipts', name), 'x');
    await using(folder, async () => {});
    expect(readdirSync(path.join(folder, 'receipts'))).toEqual([`${ERASURE}.age`]);
  });
});

describe('a request with a receipt that is interrupted', () => {
  const POINTS = (['quarantine', 'assign', 'rebuild', 'erase', 'destroy-keys', 'certify'] as const).flatMap(
    (step) => [
      { step, when: 'before' as const },
      { step, when: 'after' as const },
    ],
  );

  it.each(POINTS)('$when $step has one whole receipt in the end', async (point) => {
    const folder = folders.copyOf(trained);
    let died = false;
    const dying = await openSmall(folder, {
      onRequestStep: (_, step, when) => {
        died ||= step === point.step && when === point.when;
        if (died) throw new Error('the process died here');
      },
    });
    await erase(dying)
      .then(({ finished }) => finished)
      .catch(() => undefined);
    await dying.close();
    const sealed = point.step === 'quarantine' ? undefined : readFileSync(openingsFile(folder, ERASURE));
    await using(folder, async (installation) => {
      await installation.resume();
      expect((await receiptOf(installation, ERASURE)).records).toHaveLength(interactionsOf([PERSON]).length);
    });
    if (sealed !== undefined) expect(readFileSync(openingsFile(folder, ERASURE))).toEqual(sealed);
  });

  it('destroys nothing while the receipt cannot be written, and goes on when it can', async () => {
    const folder = folders.copyOf(trained);
    const failures: unknown[] = [];
    await using(
      folder,
      async (installation) => {
        const clear = obstruct(folder);
        const { finished } = await erase(installation);
        await expect(finished).rejects.toBeDefined();
        clear();
        expect(installation.requests.get(ERASURE).status).toBe('quarantined');
      },
      { onRequestFailure: (failure) => failures.push(failure) },
    );
    expect(failures).toHaveLength(1);
    await using(folder, async (installation) => {
      await installation.resume();
      expect(installation.requests.get(ERASURE).status).toBe('closed');
      expect((await receiptOf(installation, ERASURE)).records).toHaveLength(interactionsOf([PERSON]).length);
    });
  });

  it('holds up only its own person', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      obstruct(folder);
      const stuck = await erase(installation);
      await expect(stuck.finished).rejects.toBeDefined();
      const other = { requestId: WITHDRAWAL, externalId: PEOPLE[7], channel: 'api' } as const;
      const { finished } = await installation.requests.erase(other);
      await expect(finished).rejects.toBeDefined(); // tells of the one that is stuck
      expect(installation.requests.get(WITHDRAWAL).status).toBe('closed');
      expect(installation.requests.get(ERASURE).status).toBe('quarantined');
    });
  });
});

describe('the openings as text', () => {
  it('are JSON with the label key and the records, for whoever has age and nothing of ours', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await (
        await withdrawHorror(installation)
      ).finished;
      const text = fromUtf8(await decryptWith(identity, await installation.receipts.read(WITHDRAWAL)));
      expect(JSON.parse(text)).toMatchObject({
        schema: 'urn:lacuna:receipt-openings:v1',
        request: WITHDRAWAL,
        labelKey: expect.stringMatching(/^[\w-]{43}$/),
      });
    });
  });
});
