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
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * A whole number with commas; `toLocaleString` would load the locale data, which a short command waits for.
 * @example grouped(1234567) // '1,234,567'
 */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
