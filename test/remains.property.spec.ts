import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, type ModelConfig, type ShardManifest, type StoredRecord } from '#libs/contracts';
import { filesOfRebuild, type ModelLineState } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import { buildAggregator, rebuildShard, type ShardSubject } from '#libs/learning';
import { RebuildBook } from '#stages/unlearning';
import type { Installation } from '../apps/installation/index.js';
import { diesBeforeWrite, type Write } from './support/interruptions.js';
import { sha256Hex, unnamedFiles } from './support/model-files.js';
import {
  CATEGORIES,
  interactionsOf,
  openSmall,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

/** Sequences that are tried; `SEQUENCES=200 npm run test:fast -- test/remains` tries more of them, from another seed. */
const SEQUENCES = Number(process.env.SEQUENCES ?? 12);
const SEED = process.env.SEQUENCES === undefined ? 15 : Date.now() % 2 ** 31;
const HERE = PEOPLE.slice(0, 5);
/** Those who withdraw, leave and come back; the others stay, so that there is always somebody to train on. */
const RESTLESS = 3;

const IALS = {
  kind: 'ials',
  dimensions: 4,
  unobservedWeight: 0.1,
  regularization: 0.01,
  sweeps: 1,
  initScale: 0.1,
} as const;
const LINES: Readonly<Record<string, ModelConfig>> = {
  main: {
    purpose: PURPOSE,
    partition: { kind: 'by-record', shards: 2 },
    subModel: IALS,
    aggregator: { kind: 'mean' },
    slices: 2,
  },
  second: {
    purpose: PURPOSE,
    partition: { kind: 'by-subject', shards: 2 },
    subModel: IALS,
    aggregator: { kind: 'mean' },
  },
};

const person = fc.nat({ max: RESTLESS - 1 });
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('train' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('switch' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('erase' as const), person }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('withdraw' as const),
      person,
      category: fc.constantFrom(...CATEGORIES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('grant' as const, 'revoke' as const), person }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('import' as const),
      person,
      type: fc.constantFrom('play', 'like'),
    }),
  },
);
/** What is done, and before which of its writes the process dies, if it dies. */
const step = fc.record({ deed, diesBefore: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }) });
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const WRITES: readonly Write[] = ['event', 'file', 'folder', 'sweep'];
/** What may be answered to a deed that does not fit; whatever else goes wrong is wrong. */
const REFUSALS: ReadonlySet<string> = new Set(['SUBJECT_UNKNOWN', 'LINE_NOT_TRAINED']);

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let populated: string;
beforeAll(async () => {
  populated = folders.next();
  await using(populated, (installation) => populate(installation, interactionsOf(HERE)), {
    line: { config: LINES.main },
  });
});

/** One data folder, and the process that has it open, if one has. */
class World {
  readonly folder = folders.copyOf(populated);
  private running: Installation | undefined;
  private requests = 0;

  async take({ deed: what, diesBefore }: Step): Promise<void> {
    if (diesBefore === undefined) return this.perform(what);
    await this.stop();
    await diesBeforeWrite(diesBefore, WRITES, () => this.perform(what).finally(() => this.stop()));
  }

  /** Takes up what was left; a line that requests wait for is trained. */
  async settle(): Promise<Installation> {
    await this.stop();
    const installation = await this.open();
    await installation.resume().catch(async (refusal: unknown) => {
      expect(refusal).toMatchObject({ code: 'LINE_NOT_TRAINED' });
      await installation.trainings.train();
      await installation.resume();
    });
    return installation;
  }

  async stop(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  private async open(): Promise<Installation> {
    return (this.running ??= await openSmall(this.folder, { line: undefined }));
  }

  private async perform(what: Deed): Promise<void> {
    try {
      await this.carryOut(what, await this.open());
    } catch (error) {
      if (!isCodedError(error) || !REFUSALS.has(error.code)) throw error;
    }
  }

  private async carryOut(
    what: Deed,
    { trainings, requests, ingest, settings, ...rest }: Installation,
  ): Promise<unknown> {
    const externalId = 'person' in what ? HERE[what.person] : '';
    const submission = { requestId: this.nextRequest(), externalId, channel: 'cli' } as const;
    const decision = { purpose: PURPOSE, method: 'test', evidenceReference: 'urn:test:decision' };
    switch (what.kind) {
      case 'train':
        return trainings.train();
      case 'switch': {
        const line = settings.line === 'main' ? 'second' : 'main';
        await rest.startLine(line, { config: LINES[line] });
        return this.stop();
      }
      case 'resume':
        return rest.resume();
      case 'erase':
        return (await requests.erase(submission)).finished;
      case 'withdraw':
        return (await requests.withdraw(submission, { categories: [what.category] })).finished;
      case 'grant':
        return ingest.consents.grant({ subject: externalId, ...decision });
      case 'revoke':
        return ingest.consents.withdraw({ subject: externalId, ...decision });
      case 'import': {
        const entries = interactionsOf([externalId]).map((entry) => ({ ...entry, type: what.type }));
        return ingest.imports.importEntries(entries, { onBadLine: 'skip', newPeople: decision });
      }
    }
  }

  private nextRequest(): string {
    return `7f1d9b1e-0000-4000-8000-${String(this.requests++).padStart(12, '0')}`;
  }
}

/** Everybody's records that may be used now. */
async function presentRecords({
  vault,
  projections: { people },
}: Installation): Promise<Map<string, StoredRecord[]>> {
  const present = new Map<string, StoredRecord[]>();
  for (const externalId of HERE) {
    const subject = vault.findSubject(externalId);
    if (subject !== undefined) present.set(subject, await people.recordsOf(subject));
  }
  return present;
}

type Shard = Pick<ShardManifest, 'shard' | 'position' | 'datasetRoot' | 'count' | 'digest'>;

/** What training from nothing makes of shards, on the records that are present now and were there at the shards' positions. */
async function trainedAnew(
  installation: Installation,
  line: ModelLineState,
  cataloguePosition: string,
  shards: readonly Shard[],
): Promise<Shard[]> {
  const { genesis } = line;
  const partition = installation.lines.partition(line);
  const present = await presentRecords(installation);
  const catalogue = await installation.projections.catalogue.at(BigInt(cataloguePosition));
  return shards.map(({ shard, position }) => {
    const subjects = [...present].map(([subject, records]): ShardSubject => {
      const isIn = ({ label, position: recorded }: StoredRecord): boolean =>
        recorded <= BigInt(position) && partition.shardOf({ subject, label }) === shard;
      return { subject, records: packRecords(records.filter(isIn)) };
    });
    return shardOf({ position, ...rebuildShard({ genesis, shard, ...catalogue, subjects }) });
  });
}

function shardOf({ shard, position, datasetRoot, count, digest }: Shard): Shard {
  return { shard, position, datasetRoot, count, digest };
}

/** Of what serves in a line, and of what was half built and may go on: each part is what the present records make. */
async function expectOnlyThePresent(installation: Installation, line: ModelLineState): Promise<string[]> {
  const { lines, store } = installation;
  const served = await lines.servingManifest(line);
  if (served !== undefined) {
    const shards = await trainedAnew(installation, line, served.catalogue.position, served.shards);
    expect(served.shards.map(shardOf)).toEqual(shards);
    const catalogue = await installation.projections.catalogue.at(BigInt(served.catalogue.position));
    const aggregator = buildAggregator({ genesis: line.genesis, ...catalogue, shards });
    expect(served.aggregator.digest).toBe(sha256Hex(aggregator));
  }
  const { state } = await new RebuildBook(store, lines, () => '').next(line);
  if (state === undefined) return [];
  const parts = [...state.shards.values()];
  expect(parts.map(shardOf)).toEqual(
    await trainedAnew(installation, line, state.plan.cataloguePosition, parts),
  );
  return filesOfRebuild(state);
}

async function expectNothingButThePresent(installation: Installation): Promise<void> {
  for (const { status } of installation.requests.all()) expect(status).toMatch(/^closed/);
  const halfBuilt: string[] = [];
  for (const name of await installation.lines.names())
    halfBuilt.push(...(await expectOnlyThePresent(installation, await installation.lines.get(name))));
  expect(await unnamedFiles(installation, halfBuilt)).toEqual([]);
}

describe('whatever is trained, interrupted, left, withdrawn, erased and taken up again', () => {
  it(
    'leaves what the present records make, published or half built, and no other file',
    async () => {
      const sequence = fc.array(step, { minLength: 2, maxLength: 8 });
      const property = fc.asyncProperty(sequence, async (steps) => {
        const world = new World();
        try {
          for (const one of steps) await world.take(one);
          await expectNothingButThePresent(await world.settle());
        } finally {
          await world.stop();
        }
      });
      await fc.assert(property, { seed: SEED, numRuns: SEQUENCES, endOnFailure: false });
    },
    SEQUENCES * 60_000,
  );
});
