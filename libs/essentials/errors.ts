/** Facts that travel with an error. Never anything personal: pseudonyms, counts, line numbers, digests. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ErrorDetails {
  readonly facts?: Facts;
  /** What the reader can do about it, one sentence. */
  readonly nextStep?: string;
  readonly cause?: unknown;
}

/**
 * An error whose reason a program can read. One subclass per library, one code per distinct cause.
 *
 * @example
 * throw new VaultError('KEY_UNKNOWN', 'No key of that name was ever made', { facts: { key } });
 */
export abstract class CodedError<Code extends string = string> extends Error {
  readonly facts: Facts;
  readonly nextStep: string | undefined;

  constructor(
    readonly code: Code,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.facts = details.facts ?? {};
    this.nextStep = details.nextStep;
  }
}

/** Whether an error says its reason by a code, whichever library it comes from. */
export function isCodedError(error: unknown): error is CodedError {
  return error instanceof CodedError;
}

/** Ends a switch over a union: a new member that nobody handles fails to compile here. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled member of a union: ${JSON.stringify(value)}`);
}
