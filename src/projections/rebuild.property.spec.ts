import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readModelPlaces } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { openProjections, type RunnerOptions } from './index.js';
import { PURPOSE, SpecLog } from './spec-log.js';

const PEOPLE = 3;
const person = fc.nat({ max: PEOPLE - 1 });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('record' as const), person, number: fc.nat({ max: 12 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('ConsentGranted' as const, 'ConsentWithdrawn' as const),
      person,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('withdraw' as const),
      person,
      numbers: fc.uniqueArray(fc.nat({ max: 12 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('item' as const), number: fc.nat({ max: 4 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Does what the step says; a person who was erased comes back under a new pseudonym. */
async function take(log: SpecLog, subjects: string[], move: Step): Promise<void> {
  if (move.kind === 'item') {
    await log.item(`item-${move.number}`, `title ${move.number}`);
    return;
  }
  const subject = subjects[move.person];
  switch (move.kind) {
    case 'record':
      await log.record(subject, move.number);
      break;
    case 'ConsentGranted':
    case 'ConsentWithdrawn':
      await log.consent(subject, PURPOSE, move.kind);
      break;
    case 'withdraw': {
      const labels = move.numbers.map((number) => SpecLog.label(subject, number)).sort();
      await log.eraseRecords(await log.quarantine(subject, labels, 'withdrawal'), subject, labels);
      break;
    }
    case 'erase': {
      const labels = Array.from({ length: 13 }, (_, number) => SpecLog.label(subject, number));
      await log.eraseSubject(await log.quarantine(subject, labels, 'erasure'), subject, labels);
      subjects[move.person] = await log.enrol(`person ${move.person}`);
      break;
    }
  }
}

const RUNS = { SQLite: 15, PostgreSQL: 2 };

describe.each(await readModelPlaces('rebuild'))(
  'a rebuild from zero on $dialect',
  ({ dialect, next, drop }) => {
    afterAll(drop);
    it('gives the same bytes as following the log, in batches or windows of any size, after any withdrawals and erasures', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 5, maxLength: 25 }),
          fc.integer({ min: 2, max: 30 }),
          async (steps, windowSize) => {
            const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
            const log = new SpecLog(new InMemoryEventStore(), vault);
            const open = (options: RunnerOptions) =>
              openProjections({
                place: next(),
                store: log.store,
                sealer: vault,
                ...options,
              });
            const following = await open({ batchSize: 1 });
            const subjects: string[] = [];
            for (let i = 0; i < PEOPLE; i++) subjects.push(await log.enrol(`person ${i}`));
            for (const move of steps) {
              await take(log, subjects, move);
              await following.runner.caughtUp();
            }
            const digest = await following.digest();
            await following.runner.rebuild();
            expect(await following.digest()).toBe(digest);
            for (const options of [
              { batchSize: 7 },
              { batchSize: 1_000 },
              { backlog: 0, windowSize: 1 },
              { backlog: 0, windowSize },
              { backlog: 0, windowSize: 1_000 },
            ]) {
              const late = await open(options);
              await late.runner.caughtUp();
              expect(await late.digest()).toBe(digest);
              await late.close();
            }
            await following.close();
            await log.store.close();
            vault.close();
          },
        ),
        { numRuns: RUNS[dialect] },
      );
    }, 120_000);
  },
);
