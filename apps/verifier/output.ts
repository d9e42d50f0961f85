import { CodedError } from '#libs/essentials';
import { VerifierError } from './verifier-error.js';

/** Where a command writes; tests pass their own. */
export interface Output {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** What the process ends with. */
export const EXIT = { verified: 0, refused: 1, unusable: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Tells of a refusal: its code, what it means, what to do. */
export function printRefusal(error: unknown, output: Output): ExitCode {
  if (!(error instanceof CodedError)) throw error;
  output.printError(`✗ ${error.code}: ${error.message}`);
  const facts = Object.entries(error.facts).filter(([, value]) => value !== undefined);
  if (facts.length > 0) output.printError(`  ${facts.map(([name, value]) => `${name} ${value}`).join(', ')}`);
  if (error.nextStep !== undefined) output.printError(`  → ${error.nextStep}`);
  return exitCodeOf(error);
}

/** The same for programs. */
export function refusalAsJson(error: unknown): Record<string, unknown> {
  if (!(error instanceof CodedError)) throw error;
  const { code, message, facts, nextStep }: CodedError = error;
  return { code, message, facts, nextStep };
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof VerifierError ? EXIT.unusable : EXIT.refused;
}
