import { SingleBar } from 'cli-progress';
import type { ImportProgress } from '#stages/ingest';
import type { RebuildProgress } from '#stages/unlearning';

export interface DemoProgress {
  readonly onImport: (progress: ImportProgress) => void;
  readonly onRebuild: RebuildProgress;
  stop(): void;
}

const MILLION_OR_SO = 1_000_209;

/** One bar at a time on a terminal, nothing elsewhere; the story itself goes to standard output. */
export function showDemoProgress(): DemoProgress {
  if (!process.stderr.isTTY) return { onImport: () => {}, onRebuild: () => {}, stop: () => {} };
  let bar: SingleBar | undefined;
  let shown = '';
  const show = (what: string, done: number, of: number): void => {
    if (shown !== what) {
      bar?.stop();
      bar = new SingleBar({
        format: `   ${what} {bar} {percentage}%`,
        clearOnComplete: true,
        stream: process.stderr,
      });
      bar.start(of, done);
      shown = what;
    }
    bar!.setTotal(of);
    bar!.update(done);
    if (done >= of) stop();
  };
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    shown = '';
  };
  return {
    onImport: ({ rows, bytesRead, bytesTotal }) =>
      bytesTotal > 0
        ? show('importing', bytesRead, bytesTotal)
        : show('importing', rows, Math.max(rows, MILLION_OR_SO)),
    onRebuild: ({ rebuildId, stage, done, of }) => show(`${rebuildId} ${stage}`, done, of),
    stop,
  };
}
