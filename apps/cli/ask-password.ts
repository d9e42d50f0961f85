import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './command-error.js';

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * A password that is typed without being shown, or the first line of standard input where nobody types. Never an option: other processes of
 * the machine can read those.
 * @throws CommandError PASSWORD_MISSING
 */
export async function askPassword(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  const isTyped = input.isTTY === true;
  const nowhere = new Writable({ write: (_, __, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: isTyped });
  if (isTyped) output.write(question);
  try {
    for await (const line of lines) if (line !== '') return line;
  } finally {
    lines.close();
    if (isTyped) output.write('\n');
  }
  throw new CommandError('PASSWORD_MISSING', 'no password was given', {
    nextStep: 'Type it when you are asked, or write it to standard input.',
  });
}
