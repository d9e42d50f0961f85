// What goes on in a house: interactions arrive, also twice and out of order; people withdraw and leave; others come; somebody trains; recommendations
// are asked for; an outsider keeps every checkpoint of the ledger.
import { setTimeout as sleep } from 'node:timers/promises';
import { CATEGORIES, decision } from './catalogue.mjs';
import { newEntry, newPerson } from './foundation.mjs';
import { CutOff, WrongAnswer } from './client.mjs';

const LINES = 40;
const REPEATED = 0.3;
const AGAIN = 25; // ms between two looks

/**
 * Runs everybody until the server goes away or `over` is aborted.
 * @param options whether requests are made; whether whoever is cut off goes on, because the server is still there
 * @throws WrongAnswer
 */
export async function live(client, draws, over, { requests = true, again = false } = {}) {
  const actors = [ingesting, looking, asking, ...(requests ? [requesting] : [])];
  const lives = actors.map((actor) => {
    const own = draws.for(actor.name);
    return whileItLasts(() => actor(client, own, over), again ? over : undefined);
  });
  await Promise.all(lives);
}

async function whileItLasts(work, over) {
  do {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CutOff) && error.name !== 'AbortError') throw error;
      await sleep(AGAIN);
    }
  } while (over?.aborted === false);
}

async function ingesting(client, draws, over) {
  const { journal } = client;
  while (!over.aborted) {
    const fresh = Array.from({ length: 1 + draws.below(LINES) }, () => entryOf(journal, draws));
    const known = [...journal.records.values()].filter(() => draws.chance(REPEATED / 10));
    const again = known.map(({ entry }) => entry);
    await client.ingest(draws.shuffled([...fresh, ...again]));
    await sleep(draws.below(AGAIN));
  }
}

/** Now and then of somebody who is being erased. */
function entryOf(journal, draws) {
  const everybody = [...journal.people.values()];
  const person = draws.pick(draws.chance(0.1) ? everybody : journal.present());
  person.records++;
  return newEntry(draws, person, `${journal.records.size}-${person.records}`);
}

async function requesting(client, draws, over) {
  const { journal } = client;
  while (!over.aborted) {
    await sleep(draws.below(150));
    if (over.aborted) return;
    const chosen = draws.next();
    if (chosen < 0.15) await joining(client, draws);
    else if (chosen < 0.25) await training(client);
    else await client.request(newRequest(journal, draws, chosen < 0.45 ? 'erasure' : 'withdrawal'));
  }
}

/** A withdrawal is of a category in which something of the person is stored, as far as anybody knows. */
export function newRequest(journal, draws, kind) {
  const { ext } = draws.pick(journal.present());
  const requestId = draws.uuid();
  if (kind === 'erasure') return { requestId, kind, ext };
  const stored = journal.categoriesOf(ext);
  return { requestId, kind, ext, category: draws.pick(stored.length > 0 ? stored : CATEGORIES) };
}

export async function joining(client, draws) {
  const person = newPerson(draws);
  const { status, body } = await client.json('ingest', 'POST', '/v1/consents', {
    subject: person.ext,
    ...decision,
  });
  if (isUnavailable(status, body)) throw new CutOff(`a consent was answered with ${body.code}`);
  if (status !== 200) throw new WrongAnswer(`a consent was answered with ${status} ${body?.code}`);
  client.journal.knows(person);
  return person;
}

async function training(client) {
  const { status, body } = await client.json('engineer', 'POST', '/v1/models/train');
  if (status >= 500 && !isUnavailable(status, body))
    throw new WrongAnswer(`a training was answered with ${status} ${body?.code}`);
}

/** Something that the server needs is not there, and it says what. */
const isUnavailable = (status, body) => status === 503 && /^[A-Z_]+$/.test(body?.code ?? '');

async function looking(client, draws, over) {
  while (!over.aborted) {
    await client.lookAtLedger();
    await sleep(AGAIN / 2);
  }
}

async function asking(client, draws, over) {
  while (!over.aborted) {
    const { ext } = draws.pick([...client.journal.people.values()]);
    const { status } = await client.json(
      'serve',
      'GET',
      `/v1/recommendations/${encodeURIComponent(ext)}?k=5`,
    );
    if (status >= 500) client.refusedToServe = (client.refusedToServe ?? 0) + 1;
    await sleep(AGAIN);
  }
}
