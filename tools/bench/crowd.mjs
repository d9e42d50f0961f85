// People, items and what they do, for the benchmarks that feed an installation.
import { openInstallation } from '../../dist/apps/installation/index.js';

export const PURPOSE = 'recommendations';
const FIRST_TIME = Date.UTC(2020, 0, 1) / 1000;
const ITEMS = 2_000;

export const personOf = (at) => `person-${at}`;

/** The nth interaction ever: another record each time, of people and items in turn. */
export function interactionOf(at, people) {
  return {
    subject: personOf(at % people),
    item: `item-${(Math.imul(at, 2_654_435_761) >>> 8) % ITEMS}`, // multiplicative hashing (Knuth, TAOCP 3, §6.4)
    type: 'play',
    time: FIRST_TIME + Math.floor(at / people),
    value: 1 + (at % 5),
    purpose: PURPOSE,
  };
}

/** The same, but so many records of one person come one after the other, as a history is handed over. */
export function historyOf(at, people, together = 100) {
  const { item, value } = interactionOf(at, people);
  const subject = personOf(Math.floor(at / together) % people);
  return { subject, item, type: 'play', time: FIRST_TIME + 100_000_000 + at, value, purpose: PURPOSE };
}

export const NEW_PEOPLE = { purpose: PURPOSE, method: 'bench', evidenceReference: 'urn:lacuna:bench' };

export const catalogue = () =>
  Array.from({ length: ITEMS }, (_, at) => ({
    item: `item-${at}`,
    title: `Item ${at}`,
    categories: [`category-${at % 20}`],
  }));

/**
 * Makes an installation with a catalogue and people who have agreed, each with a few records.
 * @param {{ folder: string, people: number, records: number, train: boolean, threads?: number }} options
 * @returns the number of the next interaction
 */
export async function found({ folder, people, records, train, threads }) {
  const installation = await openInstallation({ folder, threads, line: { shards: 8 } });
  try {
    await installation.ingest.catalogue.catalogue(catalogue());
    const rows = Array.from({ length: people * records }, (_, at) => interactionOf(at, people));
    await installation.ingest.imports.importEntries(rows, {
      onBadLine: 'stop',
      newPeople: NEW_PEOPLE,
    });
    if (train) await installation.trainings.train();
    return rows.length;
  } finally {
    await installation.close();
  }
}
