import { afterAll, describe, expect, it } from '@jest/globals';
import { PEOPLE, populate, TemporaryFolders, using } from '../../../test/support/small-installation.js';
import { findErasedPerson, findWithdrawingPerson } from './demo-people.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

describe('the people of the demo', () => {
  it('are found whatever their ids look like, and are two', async () => {
    await using(folders.next(), async (installation) => {
      await populate(installation);
      const person = await findWithdrawingPerson(installation);
      expect(PEOPLE).toContain(person.externalId);
      expect(['Comedy', 'Drama', 'Horror']).toContain(person.category);
      expect(findErasedPerson(installation, PEOPLE[0])).toBe(PEOPLE[1]);
      expect(findErasedPerson(installation, PEOPLE[1])).toBe(PEOPLE[0]);
    });
  });

  it('are missed with a code where nobody is', async () => {
    await using(folders.next(), async (installation) => {
      await expect(findWithdrawingPerson(installation)).rejects.toMatchObject({
        code: 'DEMO_DATA_UNSUITABLE',
      });
    });
  });
});
