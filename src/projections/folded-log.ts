import type { EntityManager } from 'typeorm';
import type { EventStore, RecordedEvent } from '#libs/messaging';
import { ReadModelsError, type ReadModelsReader } from '#platform/read-models';
import { CheckpointEntity, positionOf, positionText } from './entities/index.js';

const NAME = 'read-models';

/** Whoever folds the log into the read models. */
export interface FoldedLog {
  /** Resolves when everything is folded in that the question is to take in. */
  caughtUp(): Promise<void>;
  /** How far it was folded, as far as this process knows: read models that say less are of an earlier time. */
  readonly folded?: bigint;
}

/** Position up to which the log is folded in. */
export async function checkpointIn(manager: EntityManager): Promise<bigint> {
  const found = await manager.findOneBy(CheckpointEntity, { name: NAME });
  return found === null ? 0n : positionOf(found.position);
}

/** @param last of the events up to there; absent where it is not known, then the one before it still tells the log */
export async function moveCheckpoint(
  manager: EntityManager,
  position: bigint,
  last?: Pick<RecordedEvent, 'id' | 'position'>,
): Promise<void> {
  const mark = last && { event: last.id, eventPosition: positionText(last.position) };
  await manager.upsert(CheckpointEntity, { name: NAME, position: positionText(position), ...mark }, ['name']);
}

/**
 * Read models may outlive their log: it is restored from a backup, and they are in a database that was not.
 *
 * @throws ReadModelsError READ_MODELS_AHEAD, which passes where only a node of the event store lags behind; READ_MODELS_OF_ANOTHER_LOG
 */
export async function requireSameLog(
  models: ReadModelsReader,
  store: Pick<EventStore, 'head' | 'readAll'>,
): Promise<void> {
  const found = await models.read((manager) => manager.findOneBy(CheckpointEntity, { name: NAME }));
  if (found === null) return;
  const head = await store.head();
  if (positionOf(found.position) > head) throw ahead(positionOf(found.position), head);
  if (found.event === null || found.eventPosition === null) return;
  const position = positionOf(found.eventPosition);
  // One that is tombstoned is not there any more; then an earlier one comes.
  for await (const event of store.readAll({ direction: 'backwards', upTo: position, maxCount: 1 }))
    if (event.position === position && event.id !== found.event) throw ofAnotherLog(position);
}

/** A standby that lacked the last transactions has become the primary: what it lacks is folded in once more. */
export function wentBack(position: bigint, folded: bigint): ReadModelsError {
  return new ReadModelsError('READ_MODELS_WENT_BACK', 'the read models are those of an earlier time', {
    facts: { position: position.toString(), folded: folded.toString() },
    nextStep: 'Nothing: they are brought up to date from the events.',
  });
}

const RESET =
  'if the event store was restored from a backup, `lacuna read-models reset` lets them be filled anew.';

function ahead(position: bigint, head: bigint): ReadModelsError {
  return new ReadModelsError('READ_MODELS_AHEAD', 'the read models are ahead of the event store', {
    facts: { position: position.toString(), head: head.toString() },
    nextStep: `Wait where a node of the event store lags behind; ${RESET}`,
  });
}

function ofAnotherLog(position: bigint): ReadModelsError {
  return new ReadModelsError('READ_MODELS_OF_ANOTHER_LOG', 'the read models were made from other events', {
    facts: { position: position.toString() },
    nextStep: `See whether LACUNA_POSTGRES_URL and LACUNA_EVENTSTORE_URL belong together; ${RESET}`,
  });
}
