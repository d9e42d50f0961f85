import { parseS3Address, type S3Address } from '#platform/object-store';
import { parsePatience } from '#stages/training';

/**
 * Where an installation keeps what outgrows one machine. What is not named is embedded in the data folder. Addresses may hold
 * credentials: they come from the environment, stand in no settings file, and are never printed.
 */
export interface Backends {
  /** LACUNA_EVENTSTORE_URL: an EventStoreDB or KurrentDB connection string; else a SQLite file. */
  readonly eventStore?: string;
  /** LACUNA_POSTGRES_URL: read models; else SQLite files. */
  readonly postgres?: string;
  /** LACUNA_REDIS_URL: rebuild jobs for `lacuna worker` on any host; else threads of this process. */
  readonly redis?: string;
  /** LACUNA_QUEUE_PATIENCE: seconds without any worker after which this process trains itself; it waits for one unless set. */
  readonly patience?: number;
  /** LACUNA_MODEL_STORE: `s3://bucket/prefix` for model files and the ledger's tiles, perhaps at LACUNA_S3_ENDPOINT; else folders. */
  readonly models?: S3Address;
}

/**
 * Reads the addresses from the environment; empty values count as absent.
 * @throws QueueError QUEUE_PATIENCE_MALFORMED
 * @throws ObjectStoreError OBJECT_STORE_ADDRESS_MALFORMED, OBJECT_STORE_ENDPOINT_MALFORMED
 */
export function backendsOf(env: Readonly<Record<string, string | undefined>>): Backends {
  return {
    eventStore: env.LACUNA_EVENTSTORE_URL || undefined,
    postgres: env.LACUNA_POSTGRES_URL || undefined,
    redis: env.LACUNA_REDIS_URL || undefined,
    patience: env.LACUNA_QUEUE_PATIENCE ? parsePatience(env.LACUNA_QUEUE_PATIENCE) : undefined,
    models: env.LACUNA_MODEL_STORE ? parseS3Address(env.LACUNA_MODEL_STORE, env) : undefined,
  };
}
