import { setTimeout } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import type { Traffic } from '#platform/http';

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
  const areConnectionsClosed = await inTime(app.close(), patience);
  if (!areConnectionsClosed) (app.getHttpServer() as { closeAllConnections(): void }).closeAllConnections();
  const isClosed = await inTime(close(), patience);
  log.info({ isAnswered, areConnectionsClosed, isClosed }, 'stopped');
  return isAnswered && areConnectionsClosed && isClosed;
}

async function inTime(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return Promise.race([work.then(() => true), setTimeout(milliseconds, false, { ref: false })]);
}
