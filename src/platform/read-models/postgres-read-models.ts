import type { DataSource, QueryRunner } from 'typeorm';
import type { ReadModelsDefinition } from './definition.js';
import { patiently } from './patience.js';
import { postgresFailureOf } from './postgres-failure.js';
import { lockOf, placeFacts, type PostgresPlace } from './postgres-place.js';
import { PostgresScrubber } from './postgres-scrubber.js';
import { ensureSchema, requireServerVersion, serverVersionOf, stateOfSchema } from './postgres-schema.js';
import { openPostgresSource, withRunner } from './postgres-source.js';
import { isPassing, readModelsAbsent, ReadModelsError } from './read-models-error.js';
import type { ReadModels, ReadModelsReader } from './read-models.js';
import { SingleWriter } from './single-writer.js';
import { WriterSession } from './writer-session.js';

const PATIENCE = 30_000;
/** A start that waits longer than this is better told why. */
const PATIENCE_TO_OPEN = 10_000;
const READERS = 8;
const ANSWER_A_READER_WITHIN = 60_000;
const ANSWER_A_WRITER_WITHIN = 600_000;

/** Does what may fail while the server is away, and says what is the matter in our words. */
class Attempts {
  private readonly closing = new AbortController();

  constructor(private readonly place: PostgresPlace) {}

  async make<T>(
    work: () => Promise<T>,
    { limit = this.place.patience ?? PATIENCE, mayPass = isPassing } = {},
  ): Promise<T> {
    const { signal } = this.closing;
    if (signal.aborted) throw new ReadModelsError('READ_MODELS_CLOSED', 'the read models are closed');
    const facts = placeFacts(this.place);
    const attempt = async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw postgresFailureOf(error, facts) ?? error;
      }
    };
    return patiently(attempt, { limit, isPassing: mayPass, signal });
  }

  toOpen<T>(work: () => Promise<T>): Promise<T> {
    return this.make(work, { limit: Math.min(PATIENCE_TO_OPEN, this.place.patience ?? PATIENCE_TO_OPEN) });
  }

  /** Whoever writes where only reading is allowed is not helped by waiting. */
  toRead<T>(work: () => Promise<T>): Promise<T> {
    return this.make(work, { mayPass: (error) => isPassing(error) && !isReadOnly(error) });
  }

  end(): void {
    this.closing.abort();
  }
}

const isReadOnly = (error: unknown): boolean =>
  error instanceof ReadModelsError && error.code === 'READ_MODELS_READ_ONLY';

/** @throws ReadModelsError */
export async function openPostgresReadModels(
  definition: ReadModelsDefinition,
  place: PostgresPlace,
): Promise<ReadModels> {
  const attempts = new Attempts(place);
  const session = await attempts.toOpen(() => openWriter(definition, place));
  const reader = await attempts
    .toOpen(() => openReader(definition, place))
    .catch(async (error: unknown) => {
      await session.close();
      throw error;
    });
  const queue = new SingleWriter();
  const scrubber = new PostgresScrubber(definition, place);
  scrubber.due();
  return {
    ...reading(reader, attempts),
    write: (work) => queue.next(() => attempts.make(() => session.transaction(work))),
    async scrubLog() {
      scrubber.due();
      return true;
    },
    async close() {
      attempts.end();
      await queue.idle();
      await scrubber.close();
      await reader.destroy();
      await session.close();
    },
  };
}

/** @throws ReadModelsError READ_MODELS_ABSENT until the process that writes them has made them */
export async function openPostgresReader(
  definition: ReadModelsDefinition,
  place: PostgresPlace,
): Promise<ReadModelsReader> {
  const attempts = new Attempts(place);
  const reader = await attempts.toOpen(async () => {
    const source = await openReader(definition, place);
    await closingOnFailure(source, () =>
      withRunner(source, (_, runner) => requireCurrent(definition, runner)),
    );
    return source;
  });
  return {
    ...reading(reader, attempts),
    async close() {
      attempts.end();
      await reader.destroy();
    },
  };
}

async function requireCurrent(definition: ReadModelsDefinition, runner: QueryRunner): Promise<void> {
  const state = await stateOfSchema(definition, runner);
  if (state === 'current') return;
  throw readModelsAbsent(state);
}

function reading(reader: DataSource, attempts: Attempts): Pick<ReadModels, 'read' | 'snapshot'> {
  return {
    read: (work) => attempts.toRead(() => withRunner(reader, work)),
    snapshot: (work) =>
      attempts.toRead(() => withRunner(reader, (manager) => manager.transaction('REPEATABLE READ', work))),
  };
}

const openReader = (definition: ReadModelsDefinition, place: PostgresPlace): Promise<DataSource> =>
  openPostgresSource(definition, place, {
    connections: READERS,
    readOnly: true,
    answerWithin: ANSWER_A_READER_WITHIN,
  });

async function openWriter(definition: ReadModelsDefinition, place: PostgresPlace): Promise<WriterSession> {
  const source = await openPostgresSource(definition, place, {
    connections: 1,
    answerWithin: ANSWER_A_WRITER_WITHIN,
  });
  return closingOnFailure(source, async () => {
    const session = new WriterSession(source, lockOf(definition, place));
    const runner = await session.locked();
    requireServerVersion(await serverVersionOf(runner));
    await ensureSchema(definition, place, source, runner);
    return session;
  });
}

async function closingOnFailure<T>(source: DataSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await source.destroy().catch(() => undefined);
    throw error;
  }
}
