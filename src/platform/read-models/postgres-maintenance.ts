import type { ReadModelsDefinition } from './definition.js';
import { postgresFailureOf } from './postgres-failure.js';
import { lockOf, placeFacts, schemaOf, type PostgresPlace } from './postgres-place.js';
import { migrate, requireServerVersion, serverVersionOf, stateOfSchema } from './postgres-schema.js';
import { openPostgresSource } from './postgres-source.js';
import { WriterSession } from './writer-session.js';

/**
 * Takes the migrations that are missing.
 * @returns their names
 * @throws ReadModelsError READ_MODELS_IN_USE while another process writes, READ_MODELS_SCHEMA_NEWER, …
 */
export function migrateReadModels(
  definition: ReadModelsDefinition,
  place: PostgresPlace,
): Promise<readonly string[]> {
  return alone(definition, place, async (session) => {
    const runner = await session.locked();
    requireServerVersion(await serverVersionOf(runner));
    await stateOfSchema(definition, runner);
    return migrate(place, session.source, runner);
  });
}

/** Drops everything of the installation; the events fill it again. @throws ReadModelsError READ_MODELS_IN_USE, … */
export function dropReadModels(
  [definition, ...others]: readonly ReadModelsDefinition[],
  place: PostgresPlace,
): Promise<void> {
  return alone(definition, place, async (session) => {
    if (others.length > 0) return dropReadModels(others, place); // once nobody writes any of them
    await (await session.locked()).query(`DROP SCHEMA IF EXISTS "${schemaOf(place)}" CASCADE`);
  });
}

async function alone<T>(
  definition: ReadModelsDefinition,
  place: PostgresPlace,
  work: (session: WriterSession) => Promise<T>,
): Promise<T> {
  const source = await openPostgresSource(definition, place, { connections: 1 });
  const session = new WriterSession(source, lockOf(definition, place));
  try {
    await session.locked();
    return await work(session);
  } catch (error) {
    throw postgresFailureOf(error, placeFacts(place)) ?? error;
  } finally {
    await session.close();
  }
}
