/**
 * Ends the process without a stack trace when whoever reads its output goes away, as `head` does.
 * @param exitCode never that of success: nobody can tell whether the work had come to its end
 */
export function endWhenNobodyReads(exitCode: number): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode);
    throw error;
  });
}

/** @example counted(1, 'key') // '1 key' */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
