import { connect } from 'node:net';

const PATIENCE = 1_000;

/**
 * Whether a server that some suites need answers on this machine; where CI is set it must.
 *
 * @example
 * const describeWithRedis = (await isReachable('Redis', 6379)) ? describe : describe.skip;
 */
export async function isReachable(name: string, port: number): Promise<boolean> {
  const isThere = await answers(port);
  if (!isThere && process.env.CI === 'true')
    throw new Error(`${name} is to run on port ${port} where CI is set`);
  if (!isThere) process.stderr.write(`Skipped: ${name} does not run on port ${port}.\n`);
  return isThere;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: PATIENCE });
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
