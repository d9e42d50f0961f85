import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newIdentity, recipientOf } from '#libs/age';
import { refusalOfAsync } from '#libs/testkit';
import type { Installation } from '../apps/installation/index.js';
import { openSmall, PEOPLE, populate, PURPOSE, TemporaryFolders } from './support/small-installation.js';

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let installation: Installation;
let subject: string;
beforeAll(async () => {
  installation = await openSmall(folders.next());
  await populate(installation);
  await installation.trainings.train();
  subject = installation.vault.findSubject(PEOPLE[4])!;
}, 60_000);
afterAll(() => installation.close());

const switchOff = async (recipient?: string) =>
  installation.ownChoices.choose(
    subject,
    PURPOSE,
    false,
    recipient === undefined ? undefined : { requestId: REQUEST, recipient },
  );

describe('a consent that is switched off', () => {
  it('stays as it is when the receipt is for no key', async () => {
    expect(await refusalOfAsync(() => switchOff('age1nobody'))).toBe('RECIPIENT_NOT_X25519');
    const [{ granted }] = (await installation.ownChoices.overview(subject)).consents;
    expect(granted).toBe(true);
    expect(installation.requests.ofSubject(subject)).toEqual([]);
  });

  it('gives a receipt to whoever wants one, by one request and no other', async () => {
    const consent = await switchOff(await recipientOf(await newIdentity()));
    expect(consent).toMatchObject({ granted: false, records: 0, requestId: REQUEST });
    await installation.resume();
    expect(installation.requests.ofSubject(subject)).toMatchObject([
      { requestId: REQUEST, status: 'closed' },
    ]);
    expect(installation.receipts.has(REQUEST)).toBe(true);
  });

  it('has nothing to give a receipt of when nothing was used under it', async () => {
    await installation.ownChoices.choose(subject, PURPOSE, true);
    const consent = await switchOff(await recipientOf(await newIdentity()));
    expect(consent.granted).toBe(false);
    expect(consent).not.toHaveProperty('requestId');
    expect(installation.requests.ofSubject(subject)).toHaveLength(1);
  });
});
