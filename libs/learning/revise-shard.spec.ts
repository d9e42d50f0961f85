import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, type GramScope, type StoredRecord } from '#libs/contracts';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';
import {
  jobOf,
  refusalOf,
  SMALL_CONFIG,
  smallGenesis,
  worldRecords,
  worlds,
  type World,
} from '#libs/testkit';
import { DatasetBranches } from './dataset-branches.js';
import { canRevise, rebuildShard, type PreviousShard, type ShardJob, type ShardResult } from './index.js';
import { catalogueDigest } from './model-file.js';
import { reviseShard } from './revise-shard.js';
import { canonicalCatalogue, canonicalShard } from './shard-dataset.js';

const PUBLISHED = '5';
const [EARLIER, LATER] = [1n, 9n];

interface Step {
  readonly before: World;
  readonly after: World;
  readonly scope: GramScope;
}

const scopes = fc.constantFrom<GramScope>(
  { kind: 'all' },
  { kind: 'by-category' },
  { kind: 'listed', items: ['item-1', 'item-4', 'item-6', 'gone'] },
);
const steps: fc.Arbitrary<Step> = fc.record({ before: worlds, after: worlds, scope: scopes });

const itemsOf = ({ people }: World, subject: string): readonly string[] =>
  people.find((person) => person.subject === subject)?.items ?? [];
const at = (position: bigint, records: readonly StoredRecord[]): StoredRecord[] =>
  records.map((record) => ({ ...record, position }));
const genesisOf = (scope: GramScope) =>
  smallGenesis({
    purpose: 'recommendations',
    partition: { kind: 'by-subject', shards: 1 },
    subModel: { kind: 'gram', scope },
    aggregator: { kind: 'ease', regularization: 2, decay: 1, block: 8 },
  });

function jobsOf({ before, after, scope }: Step): { earlier: ShardJob; now: ShardJob } {
  const genesis = genesisOf(scope);
  const categories = before.items.map((_, index) => (index % 3 === 0 ? [] : [`category-${index % 2}`]));
  const subjects = after.people.map(({ subject, items }) => {
    const known = new Set(itemsOf(before, subject));
    const stayed = items.filter((item) => known.has(item));
    const come = items.filter((item) => !known.has(item));
    const records = [
      ...at(EARLIER, worldRecords(subject, stayed)),
      ...at(LATER, worldRecords(subject, come)),
    ];
    return { subject, records: packRecords(records) };
  });
  return {
    earlier: { ...jobOf(before, 0, genesis), categories },
    now: { ...jobOf(after, 0, genesis), subjects, categories },
  };
}

/** The version before as a manifest and a registry give it back, with what has gone since. */
function previousOf(step: Step, made: ShardResult = rebuildShard(jobsOf(step).earlier)): PreviousShard {
  const subjects = [...new Set([...step.before.people, ...step.after.people].map(({ subject }) => subject))];
  const withdrawn = subjects.map((subject) => {
    const stayed = new Set(itemsOf(step.after, subject));
    const gone = itemsOf(step.before, subject).filter((item) => !stayed.has(item));
    const cameAndWent = at(LATER, worldRecords(`${subject} later`, ['item-2']));
    return {
      subject,
      records: packRecords([...at(EARLIER, worldRecords(subject, gone)), ...cameAndWent]),
    };
  });
  const { datasetRoot, digest, file } = made;
  return { datasetRoot, digest, file: file.slice(), position: PUBLISHED, withdrawn };
}

function revised({ now }: { now: ShardJob }, previous: PreviousShard): ReturnType<typeof reviseShard> {
  const canonical = canonicalShard(canonicalCatalogue(now), now.subjects);
  const { subModel: config } = now.genesis.config;
  const head = { kind: config.kind, catalogue: catalogueDigest(canonical) };
  return reviseShard(canonical, previous, { config, head, hash: sha256 });
}

describe('a shard that is made from its earlier version', () => {
  it('has the bytes of one trained anew, whatever has come and gone', () => {
    fc.assert(
      fc.property(steps, (step) => {
        const jobs = jobsOf(step);
        const anew = rebuildShard(jobs.now);
        const made = rebuildShard({ ...jobs.now, previous: previousOf(step) });
        expect({ ...made, work: anew.work }).toEqual(anew);
        const stayed = step.after.people.flatMap(({ subject, items }) =>
          items.filter((item) => itemsOf(step.before, subject).includes(item)),
        );
        expect(made.work).toEqual({ all: anew.count, saved: stayed.length });
      }),
      { numRuns: 60 },
    );
  });

  it('goes on and on from version to version', () => {
    fc.assert(
      fc.property(fc.array(worlds, { minLength: 3, maxLength: 5 }), scopes, ([first, ...others], scope) => {
        let before = first;
        let made = rebuildShard(jobsOf({ before, after: before, scope }).earlier);
        for (const after of others) {
          const step = { before, after, scope };
          const jobs = jobsOf(step);
          made = rebuildShard({ ...jobs.now, previous: previousOf(step, made) });
          const anew = rebuildShard(jobs.now);
          expect({ ...made, work: anew.work }).toEqual(anew);
          before = after;
        }
      }),
      { numRuns: 20 },
    );
  });

  const people = [
    { subject: 'p', items: ['item-0', 'item-1'] },
    { subject: 'q', items: ['item-1', 'item-2'] },
  ];
  const items = worldItems();
  const step: Step = {
    before: { items, people },
    after: { items, people: people.slice(1) },
    scope: { kind: 'all' },
  };
  const stranger = { subject: 'r', records: packRecords(at(EARLIER, worldRecords('r', ['item-3']))) };

  it.each<[string, (good: PreviousShard) => Partial<PreviousShard>, string]>([
    [
      'a file with other counts',
      ({ file }) => ({ file: file.map((byte, index) => (index === file.length - 2 ? 1 : byte)) }),
      'PREVIOUS_FILE_DIFFERS',
    ],
    ['the root of other records', () => ({ datasetRoot: 'f'.repeat(64) }), 'PREVIOUS_RECORDS_DIFFER'],
    ['a record that has gone, not named', () => ({ withdrawn: [] }), 'PREVIOUS_RECORDS_DIFFER'],
    [
      'a record that was never there',
      ({ withdrawn }) => ({ withdrawn: [...withdrawn, stranger] }),
      'PREVIOUS_RECORDS_DIFFER',
    ],
    [
      'the records of somebody twice',
      ({ withdrawn }) => ({ withdrawn: [...withdrawn, { ...withdrawn[0], subject: 'again' }] }),
      'DATASET_LABEL_TWICE',
    ],
    ['a position before its records', () => ({ position: '0' }), 'PREVIOUS_RECORDS_DIFFER'],
    [
      'counts that were never those of its records',
      ({ file }) => {
        const emptied = file.map((byte, index) => (index < file.length - 72 ? byte : 0));
        return { file: emptied, digest: toHex(sha256(emptied)) };
      },
      'WITHDRAWN_NOT_COUNTED',
    ],
    [
      'no model at all',
      () => ({ file: utf8('nothing'), digest: toHex(sha256(utf8('nothing'))) }),
      'SAFETENSORS_TRUNCATED',
    ],
  ])('is trained anew where it is offered %s', (_, change, code) => {
    const jobs = jobsOf(step);
    const anew = rebuildShard(jobs.now);
    const offered = (): PreviousShard => {
      const good = previousOf(step);
      return { ...good, ...change(good) };
    };
    expect(refusalOf(() => revised(jobs, offered()))).toBe(code);
    expect(rebuildShard({ ...jobs.now, previous: offered() })).toEqual(anew);
    expect(refusalOf(() => revised(jobs, previousOf(step)))).toBe('nothing was refused');
  });

  it('is only made so where counts are kept, in one slice', () => {
    expect(canRevise(genesisOf({ kind: 'all' }).config)).toBe(true);
    expect(canRevise(SMALL_CONFIG)).toBe(false);
    expect(canRevise({ ...SMALL_CONFIG, slices: 4 })).toBe(false);
  });
});

describe('the branches of a dataset map', () => {
  const leaves = fc
    .uniqueArray(fc.tuple(fc.constantFrom(0, 1, 128, 255), fc.nat({ max: 63 }), fc.nat({ max: 9 })), {
      maxLength: 40,
      selector: String,
    })
    .map((keys) => keys.map(([high, low, more]) => sha256(Uint8Array.of(high, low, more)).fill(high, 0, 1)));
  const arrays = (labels: readonly Uint8Array[]) => ({
    labels: Uint8Array.from(labels.flatMap((label) => [...label])),
    values: Uint8Array.from(labels.flatMap((label) => [...sha256(label)])),
  });
  const rootOf = (labels: readonly Uint8Array[]): Uint8Array =>
    sparseMapRoot(labels.map((key) => ({ key, value: sha256(key) })));

  it('fold to the root of the map, also after leaves were exchanged', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), fc.nat(), (labels, one, two) => {
        const [from, to] = [one, two].map((number) => number % (labels.length + 1)).sort((a, b) => a - b);
        const [before, after] = [labels.slice(0, to), labels.slice(from)];
        const branches = DatasetBranches.of(arrays(before));
        expect(branches.root(sha256)).toEqual(rootOf(before));
        const gone = arrays(before.slice(0, from)).labels;
        const come = arrays(after.slice(to - from));
        const kept = arrays(before.slice(from));
        expect(branches.exchanged(kept, gone, come).root(sha256)).toEqual(rootOf(after));
      }),
    );
  });
});

function worldItems(): string[] {
  return Array.from({ length: 8 }, (_, index) => `item-${index}`);
}
