import { SingleBar } from 'cli-progress';
import type { ImportProgress } from '#stages/ingest';

export interface ProgressView {
  readonly update: (progress: ImportProgress) => void;
  readonly stop: () => void;
}

const MEGABYTE = 1_000_000;
const PLAIN_STEP = 10; // percent between two plain lines

/** A bar on a terminal, a line every tenth elsewhere, nothing without a stream. */
export function showProgress(stream: NodeJS.WriteStream | undefined): ProgressView {
  if (stream === undefined) return { update: () => undefined, stop: () => undefined };
  return stream.isTTY ? bar(stream) : plainLines(stream);
}

function bar(stream: NodeJS.WriteStream): ProgressView {
  const view = new SingleBar({
    stream,
    format:
      '{bar} {percentage}% | {value}/{total} MB | {recorded} recorded | {rejected} rejected | {eta_formatted}',
    hideCursor: true,
  });
  let started = false;
  return {
    update: ({ bytesRead, bytesTotal, recorded, rejected }) => {
      const megabytes = (bytes: number) => Math.round((bytes / MEGABYTE) * 10) / 10;
      if (!started) view.start(megabytes(bytesTotal), 0, { recorded: 0, rejected: 0 });
      started = true;
      view.update(megabytes(bytesRead), { recorded, rejected });
    },
    stop: () => view.stop(),
  };
}

function plainLines(stream: NodeJS.WriteStream): ProgressView {
  let said = 0;
  return {
    update: ({ bytesRead, bytesTotal, recorded, duplicates, rejected }) => {
      const percent = Math.floor((100 * bytesRead) / bytesTotal);
      if (percent < said + PLAIN_STEP) return;
      said = percent - (percent % PLAIN_STEP);
      stream.write(`${said}% read: ${recorded} recorded, ${duplicates} duplicates, ${rejected} rejected\n`);
    },
    stop: () => undefined,
  };
}
