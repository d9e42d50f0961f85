// A small house to break: a catalogue, people who did something, a trained line, tokens of every role; and the journal that begins with it.
import { openTokens } from '../../dist/apps/api/tokens-file.js';
import { openInstallation } from '../../dist/apps/installation/index.js';
import { decision, ITEMS, PURPOSE } from './catalogue.mjs';
import { Journal } from './journal.mjs';

export const CONFIG = {
  purpose: PURPOSE,
  partition: { kind: 'by-subject', shards: 3 },
  subModel: {
    kind: 'ials',
    dimensions: 8,
    unobservedWeight: 0.1,
    regularization: 0.01,
    sweeps: 2,
    initScale: 0.1,
  },
  aggregator: { kind: 'mean' },
};
const PEOPLE = 16;
const RECORDS = 8;

/** Every value of a person holds the person's token, so that one search finds whatever is left of them. */
export function newPerson(draws) {
  const token = `tok${draws.hex(12)}`;
  return { token, ext: `${token}@example.org` };
}

/** An interaction that nobody has sent before: its type holds the person's token and a number. */
export function newEntry(draws, { ext, token }, number) {
  const { item } = draws.pick(ITEMS);
  const time = Date.UTC(2025, draws.below(12), 1 + draws.below(28), draws.below(24)) / 1000;
  return {
    subject: ext,
    item,
    type: `${token}-${number}`,
    time,
    value: 1 + draws.below(5),
    purpose: PURPOSE,
  };
}

/** @returns what was recorded, and a token a role */
export async function foundHouse(folder, draws, { line = { config: CONFIG }, env = {} } = {}) {
  const { backendsOf } = await import('../../dist/apps/installation/index.js');
  const backends = backendsOf(env);
  const installation = await openInstallation({ folder, line, threads: 1, backends });
  try {
    const journal = new Journal();
    const { ingest, trainings } = installation;
    await ingest.catalogue.catalogue(ITEMS);
    for (let at = 0; at < PEOPLE; at++) {
      const person = newPerson(draws);
      await ingest.consents.grant({ subject: person.ext, ...decision });
      journal.knows(person);
      const entries = Array.from({ length: RECORDS }, (_, number) => newEntry(draws, person, number));
      journal.sends(entries);
      const results = await ingest.interactions.record(entries);
      results.forEach((result, number) => journal.answered(entries[number], result));
    }
    await trainings.train();
    const { minted } = await openTokens(folder);
    return { journal, tokens: Object.fromEntries(minted.map(({ role, token }) => [role, token])) };
  } finally {
    await installation.close();
  }
}
