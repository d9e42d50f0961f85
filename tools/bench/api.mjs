// The built API as a process of its own, for the benchmarks that measure it from outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { root } from './options.mjs';
import { processorSecondsOf } from './processor.mjs';

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts it over a data folder. `tokens` are those that a first start shows, by role.
 * @param {{ folder: string, argv?: string[] }} options
 */
export async function startApi({ folder, argv = [] }) {
  const port = String(await freePort());
  const api = spawn(
    process.execPath,
    [
      '--max-semi-space-size=64',
      path.join(root, 'dist/apps/api/main.js'),
      ...['--data-folder', folder, '--port', port, '--rate-limit', '1000000'],
      ...argv,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  await new Promise((resolve, reject) => {
    api.once('exit', () => reject(new Error('the server did not start')));
    api.stdout.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk;
      if (said.includes('Lacuna listens')) resolve();
    });
  });
  const tokens = Object.fromEntries(
    [...said.matchAll(/^ {2}(\w+) +(\S{20,})$/gm)].map(([, role, token]) => [role, token]),
  );
  const ended = once(api, 'exit');
  return {
    url: `http://127.0.0.1:${port}`,
    /** As processorSecondsOf. */
    processorSeconds: () => processorSecondsOf(api.pid),
    tokens,
    /** Ends it at once, whatever it is doing. */
    kill: async () => {
      api.kill('SIGKILL');
      await ended;
    },
  };
}
