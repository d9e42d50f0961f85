import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalOfAsync } from '#libs/testkit';
import type { Installation } from '../apps/installation/index.js';
import { interactionsOf, populate, TemporaryFolders, using } from './support/small-installation.js';

const MINUTE = 60_000;
const MOST = 16_384;

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const inLine = (folder: string, work: (installation: Installation) => Promise<void>): Promise<void> =>
  using(folder, work, { line: { strategy: 'statistics', shards: 2 } });
const eventsOf = async ({ store }: Installation): Promise<string> => (await store.head()).toString();

describe('a catalogue that is too large to count all pairs of its items', () => {
  let filled: string;
  beforeAll(async () => {
    filled = folders.next();
    await inLine(filled, async (installation) => {
      await populate(installation, interactionsOf());
      const more = Array.from({ length: MOST }, (_, at) => ({
        item: `more-${at}`,
        title: '',
        categories: [`category-${at % 9}`],
      }));
      await installation.ingest.catalogue.catalogue(more);
    });
  }, MINUTE);

  it('is refused before a training plans or reads anything, with what fits and what to use instead', async () => {
    await inLine(folders.copyOf(filled), async (installation) => {
      const before = await eventsOf(installation);
      await expect(installation.trainings.train()).rejects.toMatchObject({
        code: 'DATASET_TOO_LARGE',
        message: expect.stringContaining(`at most ${MOST} items`),
        nextStep: expect.stringMatching(/by-category.*listed.*strategy sisa/),
      });
      expect(await eventsOf(installation)).toBe(before);
    });
  });

  it('is refused before a line is started, unless the line counts within categories', async () => {
    await inLine(folders.copyOf(filled), async (installation) => {
      const before = await eventsOf(installation);
      const start = (config: object): Promise<unknown> => installation.startLine('next', { config });
      const { genesis } = await installation.lines.get(installation.settings.line);
      expect(await refusalOfAsync(() => start(genesis.config))).toBe('DATASET_TOO_LARGE');
      expect(await eventsOf(installation)).toBe(before);
      expect(await installation.lines.names()).not.toContain('next');
      const subModel = { kind: 'gram', scope: { kind: 'by-category' } };
      expect(await refusalOfAsync(() => start({ ...genesis.config, subModel }))).toBe('nothing was refused');
    });
  });
});
