import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelConfig } from '#libs/contracts';
import { contentOf, expectRefusal, inFolder, lacuna } from './support/lacuna-process.js';
import { diesBeforeEvent } from './support/interruptions.js';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let populated: string;
beforeAll(async () => {
  populated = folders.next();
  await using(populated, (installation) => populate(installation));
});

const configFile = (content: unknown): string => {
  const file = `${folders.next()}.json`;
  writeFileSync(file, JSON.stringify(content));
  return file;
};

describe('strategies', () => {
  it(
    'are listed with what they are, and as configurations that can be edited',
    async () => {
      const { out, exitCode } = await lacuna(['strategies']);
      expect(exitCode).toBe(0);
      expect(out).toMatch(/^sisa +8 shards by-subject, ials, mean +shards of people/m);
      const { sisa } = JSON.parse((await lacuna(['strategies', '--json'])).out) as { sisa: ModelConfig };
      const started = await inFolder(folders.next(), 'init', '--config', configFile(sisa));
      expect(started.out).toContain('8 shards by-subject, ials, mean; purpose recommendations');
    },
    MINUTE,
  );
});

describe('a line', () => {
  it(
    'is what was chosen, with slices, whose checkpoints the status counts and rebuilds go on from',
    async () => {
      const folder = folders.copyOf(populated);
      const started = await inFolder(folder, 'lines', 'start', 'sliced', '--shards', '2', '--slices', '4');
      expect(started.out).toContain('Line sliced is started: 2 shards by-subject, ials, mean, 4 slices.');
      expect((await inFolder(folder, 'train')).exitCode).toBe(0);
      const trained = await inFolder(folder, 'status');
      expect(trained.out).toMatch(/^line +sliced: 2 shards by-subject, ials, mean, 4 slices; genesis/m);
      expect(trained.out).toMatch(/^checkpoints +6, \d+\.\d MB$/m);
      const again = await inFolder(folder, 'train'); // nothing has changed: every shard goes on from its last checkpoint
      expect(again.err).toMatch(/shards 2\/2, \d+ % of the work was spared/);
      expect((await inFolder(folder, 'lines', 'list')).out).toMatch(
        /^sliced +2 shards by-subject, ials, mean, 4 slices +2 +.+ in use$/m,
      );
    },
    MINUTE,
  );

  it(
    'that was started as something else, or looks at the data, is refused, and the one in use stays',
    async () => {
      const folder = folders.copyOf(populated);
      expectRefusal(await inFolder(folder, 'lines', 'start', 'main', '--shards', '5'), 'LINE_EXISTS');
      expectRefusal(
        await inFolder(folder, 'lines', 'start', 'clustered', '--strategy', 'receraser'),
        'PARTITION_BASELINE_ONLY',
      );
      expect((await inFolder(folder, 'lines', 'start', 'second')).exitCode).toBe(0);
      expectRefusal(await inFolder(folder, 'lines', 'start', 'main', '--strategy', 'sisa'), 'LINE_EXISTS');
      expect((await inFolder(folder, 'status')).out).toMatch(/^line +second:/m);
      const back = await inFolder(folder, 'lines', 'start', 'main', '--shards', '3');
      expect(back.out).toContain(
        'Line main is in use again as it was started, and nothing was started anew: 3 shards by-subject',
      );
      expect(back.out).toContain('Serving: nothing yet: lacuna train.');
      expect((await inFolder(folder, 'status')).out).toMatch(/^line +main:/m);
    },
    MINUTE,
  );

  const sound = {
    partition: { kind: 'by-subject', shards: 2 },
    subModel: {
      kind: 'ials',
      dimensions: 8,
      unobservedWeight: 0.1,
      regularization: 0.01,
      sweeps: 1,
      initScale: 0.1,
    },
    aggregator: { kind: 'mean' },
  };
  const odd = { ...sound, subModel: { ...sound.subModel, dimensions: 7 } };
  const misspelt = { ...sound, subModel: { ...sound.subModel, sweep: 2 } };
  it.each<[string, () => readonly string[], string, string]>([
    [
      'has a field of an impossible value',
      () => ['--config', configFile(odd)],
      'CONFIG_DIMENSIONS_INVALID',
      'subModel.dimensions',
    ],
    [
      'has a misspelt field',
      () => ['--config', configFile(misspelt)],
      'CONFIG_FIELD_UNKNOWN',
      'subModel takes',
    ],
    ['is no object', () => ['--config', configFile([])], 'CONFIG_NOT_AN_OBJECT', 'config must be an object'],
    ['is not there', () => ['--config', 'nowhere.json'], 'LINE_CONFIG_UNREADABLE', 'ENOENT'],
    [
      'has one shard by its strategy',
      () => ['--strategy', 'retrain', '--shards', '4'],
      'LINE_OPTION_UNUSED',
      'shards',
    ],
    ['has more slices than there may be', () => ['--slices', '65'], 'CONFIG_SLICES_OUT_OF_RANGE', 'slices'],
  ])(
    'whose configuration %s is not started',
    async (_, options, code, field) => {
      const folder = folders.copyOf(populated);
      const before = contentOf(folder);
      const ended = await inFolder(folder, 'lines', 'start', 'other', ...options());
      expectRefusal(ended, code);
      expect(ended.err).toContain(field);
      expect(contentOf(folder)).toBe(before);
    },
    MINUTE,
  );
});

describe('a line that was left', () => {
  it(
    'is taken up again with nothing that serves when another one was published, and says so',
    async () => {
      const folder = folders.copyOf(populated);
      await inFolder(folder, 'train');
      await inFolder(folder, 'lines', 'start', 'second');
      const unused = await inFolder(folder, 'lines', 'start', 'main');
      expect(unused.out).toContain('Serving: version 1.'); // second was never published
      await inFolder(folder, 'lines', 'start', 'second');
      await inFolder(folder, 'train');
      const back = await inFolder(folder, 'lines', 'start', 'main');
      const why =
        'nothing, for version 1 was retired and destroyed when another line was published: lacuna train';
      expect(back.out).toContain(`Serving: ${why}.`);
      expect((await inFolder(folder, 'status')).out).toContain(why);
      expectRefusal(await inFolder(folder, 'recommend', PEOPLE[0]), 'MODEL_NOT_PUBLISHED');
    },
    MINUTE,
  );

  it(
    'has its status count and destroy what an interrupted rebuild has left and nothing names',
    async () => {
      const folder = folders.copyOf(populated);
      const died = await diesBeforeEvent('ShardRebuilt', () =>
        using(folder, ({ trainings }) => trainings.train()),
      );
      expect(died).toBe(true);
      expect((await inFolder(folder, 'status')).out).toMatch(
        /^left over +[1-3] model files? of an interrupted rebuild, 0\.0 MB, destroyed just now$/m, // shards are trained side by side
      );
      expect((await inFolder(folder, 'status')).out).toMatch(/^left over +nothing$/m);
    },
    MINUTE,
  );
});

describe('a training', () => {
  it(
    'does not begin without items, or with more shards than people, and the line goes on once there are',
    async () => {
      const folder = folders.next();
      await inFolder(folder, 'init', '--shards', String(PEOPLE.length + 1));
      expectRefusal(await inFolder(folder, 'train'), 'SHARDS_MORE_THAN_PEOPLE');
      await using(folder, (installation) => populate(installation), { line: undefined });
      const before = contentOf(folder);
      const refused = await inFolder(folder, 'train');
      expectRefusal(refused, 'SHARDS_MORE_THAN_PEOPLE');
      expect(refused.err).toContain('shards: 13, people: 12');
      expect(contentOf(folder)).toBe(before);
      await inFolder(folder, 'lines', 'start', 'smaller', '--shards', '12');
      expect((await inFolder(folder, 'train')).exitCode).toBe(0);
    },
    MINUTE,
  );

  it(
    'is refused as long as the catalogue is empty, and plans nothing',
    async () => {
      const folder = folders.copyOf(populated);
      await using(folder, async ({ ingest }) => {
        for (let item = 0; item < 30; item++) await ingest.catalogue.withdraw(`i${item}`);
      });
      const before = contentOf(folder);
      expectRefusal(await inFolder(folder, 'train'), 'CATALOGUE_EMPTY');
      expect(contentOf(folder)).toBe(before);
    },
    MINUTE,
  );
});
