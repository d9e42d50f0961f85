import { AgeError } from '#libs/age';
import { CodedError } from '#libs/essentials';
import { EventStoreError } from '#libs/messaging';
import { ReplayError } from '../replay/replay-error.js'; // not the index, which loads what trains
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
  const { code, message, facts: stated, nextStep } = coded(error);
  output.printError(`✗ ${code}: ${message}`);
  const facts = Object.entries(stated).filter(([, value]) => value !== undefined);
  if (facts.length > 0) output.printError(`  ${facts.map(([name, value]) => `${name} ${value}`).join(', ')}`);
  if (nextStep !== undefined) output.printError(`  → ${nextStep}`);
  return exitCodeOf(error);
}

/** The same for programs. */
export function refusalAsJson(error: unknown): Record<string, unknown> {
  const { code, message, facts, nextStep } = coded(error);
  return { code, message, facts, nextStep };
}

export function exitCodeOf(error: unknown): ExitCode {
  const isUnusable = [VerifierError, ReplayError, EventStoreError, AgeError].some(
    (kind) => error instanceof kind,
  );
  return isUnusable ? EXIT.unusable : EXIT.refused;
}

/** Anything but a coded error is a fault of the program and goes on up. */
function coded(error: unknown): CodedError {
  if (error instanceof CodedError) return error as CodedError;
  throw error;
}
