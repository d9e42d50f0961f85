import { setTimeout } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import type { Traffic } from '#platform/http';
import { errorFacts } from '#platform/logging';

export interface Stopping {
  readonly app: NestExpressApplication;
  readonly traffic: Traffic;
  /** Closes what the application works on; a process that ends without it goes on from its events at the next start. */
  readonly close: () => Promise<void>;
  readonly log: Logger;
  /** Milliseconds for which nothing is closed yet: until load balancers have asked whether this process is ready. */
  readonly notice: number;
  /** Milliseconds for each: requests that are under way, connections, work on the installation. */
  readonly patience: number;
}

/**
 * Stops in the order in which nothing is lost: not ready any more and no new work; requests that were begun are answered; connections end;
 * the installation is closed. Each takes a bounded time. @returns whether everything came to its end
 */
export async function stopServing({
  app,
  traffic,
  close,
  log,
  notice,
  patience,
}: Stopping): Promise<boolean> {
  traffic.stop();
  log.info('stopping: nothing new is taken');
  await setTimeout(notice);
  const isAnswered = await traffic.settled(patience);
  const inTime = (work: Promise<unknown>): Promise<boolean> =>
    Promise.race([
      work.then(
        () => true,
        (reason: unknown) => {
          log.error(errorFacts(reason), 'something could not be closed');
          return false;
        },
      ),
      setTimeout(patience, false, { ref: false }),
    ]);
  const areConnectionsClosed = await inTime(app.close());
  if (!areConnectionsClosed) (app.getHttpServer() as { closeAllConnections(): void }).closeAllConnections();
  const isClosed = await inTime(close());
  log.info({ isAnswered, areConnectionsClosed, isClosed }, 'stopped');
  return isAnswered && areConnectionsClosed && isClosed;
}
