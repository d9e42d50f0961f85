import { Redis, type RedisOptions } from 'ioredis';
import { QueueError } from './queue-error.js';

const OLDEST = [6, 2] as const; // what the queue's scripts need
const CONNECT_MILLISECONDS = 5_000;
const LONGEST_PAUSE = 5_000;
/** Longer than any call of the queue waits at the Redis: what is silent for so long has lost its other end. */
const SILENT_MILLISECONDS = 20_000;
const GOODBYE_MILLISECONDS = 200; // how long the end of the other side is waited for

/** What is unusual about a Redis that can be used all the same. */
export type RedisWarning = 'evicts';

/** Milliseconds until a connection is tried again. @param times how often it was */
export const pauseBefore = (times: number): number => Math.min(times * 100, LONGEST_PAUSE);

/**
 * ioredis 5 keeps the timer of `socketTimeout` when a connection closes: it would hold up the end of the process, and tear down the connection
 * that came after. Copies, as BullMQ makes them for calls that wait, do the same.
 */
class ClosingRedis extends Redis {
  constructor(...at: [url: string, options: RedisOptions] | [options: RedisOptions]) {
    super(...(at as [string, RedisOptions]));
    this.on('close', () => this.forgetSilence());
  }

  override duplicate(override: Partial<RedisOptions> = {}): Redis {
    return new ClosingRedis({ ...this.options, ...override });
  }

  private forgetSilence(): void {
    const own = this as unknown as { socketTimeoutTimer?: NodeJS.Timeout };
    clearTimeout(own.socketTimeoutTimer);
    own.socketTimeoutTimer = undefined;
  }
}

/**
 * Opens a connection of its own: each goes on trying to connect, and refuses nothing meanwhile.
 * @throws QueueError QUEUE_URL_MALFORMED
 */
export function openRedis(url: string, options: RedisOptions = {}): Redis {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new QueueError('QUEUE_URL_MALFORMED', 'LACUNA_REDIS_URL does not name a Redis', {
      nextStep: 'Write redis://HOST:6379/0, or rediss://USER:PASSWORD@HOST:6379/0 for TLS.',
    });
  const redis = new ClosingRedis(url, {
    connectTimeout: CONNECT_MILLISECONDS,
    socketTimeout: SILENT_MILLISECONDS,
    disconnectTimeout: GOODBYE_MILLISECONDS,
    retryStrategy: pauseBefore,
    ...options,
  });
  redis.on('error', () => {}); // told by whoever waits for an answer
  return redis;
}

/**
 * Looks at the Redis once, before anything relies on it.
 * @throws QueueError QUEUE_UNREACHABLE, QUEUE_DENIED, QUEUE_REDIS_TOO_OLD
 */
export async function checkRedis(url: string): Promise<RedisWarning[]> {
  const redis = openRedis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  let heard: unknown;
  redis.on('error', (error) => (heard = error));
  try {
    await redis.connect();
    requireVersion(await redis.info('server'));
    return await warningsOf(redis);
  } catch (cause) {
    throw cause instanceof QueueError ? cause : failureOf(heard ?? cause);
  } finally {
    redis.disconnect();
  }
}

/** A Redis that drops keys when its memory is full drops jobs: they are sent again, and what was done of them is done again. */
export async function warningsOf(redis: Pick<Redis, 'info'>): Promise<RedisWarning[]> {
  return /maxmemory_policy:(?!noeviction)/.test(await redis.info('memory')) ? ['evicts'] : [];
}

function requireVersion(info: string): void {
  const [, version = '0'] = /redis_version:([\d.]+)/.exec(info) ?? [];
  const [major, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new QueueError('QUEUE_REDIS_TOO_OLD', 'the Redis is older than the queue needs', {
    facts: { version, needed: OLDEST.join('.') },
    nextStep: 'Name a newer one in LACUNA_REDIS_URL: Redis 6.2 or later, or Valkey.',
  });
}

function failureOf(cause: unknown): QueueError {
  const message = cause instanceof Error ? cause.message : '';
  if (/NOAUTH|WRONGPASS|NOPERM|invalid password|AUTH/i.test(message))
    return new QueueError('QUEUE_DENIED', 'the Redis refuses the credentials, or what they may do', {
      nextStep:
        'Correct user and password in LACUNA_REDIS_URL; the queue needs all commands on its own keys.',
      cause,
    });
  return new QueueError('QUEUE_UNREACHABLE', 'the Redis of the queue cannot be reached', {
    facts: { reason: (cause as { code?: string }).code },
    nextStep: 'Start it, or correct LACUNA_REDIS_URL (rediss:// where it asks for TLS).',
    cause,
  });
}
