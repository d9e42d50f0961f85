import { fork } from 'node:child_process';
import { builtFile } from '#platform/build';

/**
 * Runs a program of this build in a process of its own. It is told its order once, as one message, for a key has no place among arguments or in
 * the environment; whatever it sends is handed on. Aborting kills it at once.
 *
 * @param program below dist/
 * @returns when nothing runs any more
 * @throws BuildError BUILD_MISSING; an AbortError when it was aborted before it began
 */
export async function inOwnProcess<News>(
  program: string,
  order: object,
  tell: (news: News) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = fork(builtFile(program), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    execArgv: [],
    signal,
    killSignal: 'SIGKILL',
  });
  child.on('message', (news) => tell(news as News));
  child.on('error', () => {}); // that it was killed; the exit tells
  child.send(order);
  await new Promise((resolve) => child.once('exit', resolve));
}
