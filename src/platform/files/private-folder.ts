import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Works in a new folder that its owner alone may enter, and removes it afterwards: also when the work fails, and when the process ends in the
 * middle, by itself or because it is told to.
 *
 * @param parent where the folder is made
 */
export async function withPrivateFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(parent, '.lacuna-')); // of mode 0700
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const end = (signal: NodeJS.Signals): void => {
    remove();
    process.kill(process.pid, signal); // this handler is gone by now: the process ends as it would have
  };
  process.once('exit', remove);
  for (const signal of ENDING) process.once(signal, end);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    for (const signal of ENDING) process.off(signal, end);
    remove();
  }
}
