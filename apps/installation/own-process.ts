import { fork } from 'node:child_process';
import { builtFile } from '#platform/build';

/** What somebody wants to hear of a process. */
export interface Hearer<News> {
  readonly tell: (news: News) => void;
  readonly isEnd: (news: News) => boolean;
  /** Told of a process that ended by itself without an end. */
  readonly died: News;
}

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
  { tell, isEnd, died }: Hearer<News>,
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
  let isOver = false;
  child.on('message', (message) => {
    const news = message as News;
    isOver ||= isEnd(news);
    tell(news);
  });
  child.on('error', () => {}); // that it was killed; the exit tells
  child.send(order);
  await new Promise((resolve) => child.once('exit', resolve));
  if (!isOver && !signal.aborted) tell(died);
}
