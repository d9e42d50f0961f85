import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelConfig } from '#libs/contracts';
import type { Installation } from '../apps/installation/index.js';
import { diesBeforeWrite, type Write } from './support/interruptions.js';
import { filesOf, unnamedFiles } from './support/model-files.js';
import { PEOPLE, populate, PURPOSE, TemporaryFolders, using } from './support/small-installation.js';

const MINUTES = 240_000;
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
/** Every shard holds records of everybody and keeps checkpoints, and the aggregator reads all records: an erasure writes much. */
const CONFIG: ModelConfig = {
  purpose: PURPOSE,
  partition: { kind: 'by-record', shards: 3 },
  subModel: {
    kind: 'ials',
    dimensions: 8,
    unobservedWeight: 0.1,
    regularization: 0.01,
    sweeps: 2,
    initScale: 0.1,
  },
  aggregator: {
    kind: 'attention',
    dimensions: 4,
    people: 8,
    epochs: 1,
    learningRate: 0.01,
    regularization: 0.01,
  },
  slices: 3,
};
const opening = { line: { config: CONFIG } };

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let trained: string;
let uninterrupted: unknown;
beforeAll(async () => {
  trained = folders.next();
  await using(
    trained,
    async (installation) => {
      await populate(installation);
      await installation.trainings.train();
    },
    opening,
  );
  uninterrupted = await using(
    folders.copyOf(trained),
    async (installation) => {
      await erase(installation);
      return outcomeOf(installation);
    },
    opening,
  );
}, MINUTES);

async function erase({ requests }: Installation): Promise<void> {
  await (
    await requests.erase({ requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' })
  ).finished;
}

/** The version, besides the positions that its datasets name: a snapshot that is taken again stands further on in the log. */
async function outcomeOf({ trainings, requests, registry }: Installation) {
  const manifest = (await trainings.servingManifest())!;
  const { version, shards, aggregator } = manifest;
  return {
    version,
    shards: shards.map((shard) => ({ ...shard, position: 'where the snapshot stood' })),
    aggregator: { ...aggregator, records: aggregator.records?.count },
    bytes: await registry.sizeOf(filesOf(manifest)),
    status: requests.get(REQUEST).status,
  };
}

describe('an erasure that rebuilds several shards from checkpoints', () => {
  it.each<[Write, number]>([
    ['event', 12],
    ['file', 8],
    ['folder', 1],
    ['sweep', 2],
  ])(
    'and dies before any %s ends as if it had not',
    async (what, atLeast) => {
      for (let n = 1; ; n++) {
        const folder = folders.copyOf(trained);
        if (!(await diesBeforeWrite(n, [what], () => using(folder, erase, opening)))) {
          expect(n).toBeGreaterThan(atLeast);
          return;
        }
        await using(
          folder,
          async (installation) => {
            if (installation.requests.all().length === 0) await erase(installation); // nothing was written: the person asks again
            await installation.resume();
            expect(await unnamedFiles(installation)).toEqual([]);
            expect({ n, ...(await outcomeOf(installation)) }).toEqual({ n, ...(uninterrupted as object) });
          },
          opening,
        );
      }
    },
    MINUTES,
  );
});
