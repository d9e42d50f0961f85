import { CodedError } from '#libs/essentials';

/** A coded error in a form that survives the way between threads; a cloned Error keeps its message only. */
export interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly facts: CodedError['facts'];
  readonly nextStep: string | undefined;
}

export interface Refusals {
  /** What a thread answers instead of throwing; an error of another library, or without a code, is a defect and is thrown as it is. */
  refusalOf(error: unknown): Refusal;
  /** The error as it was thrown in the thread, without its cause. */
  toError(refusal: Refusal): CodedError;
}

type Rebuilt = new (code: never, message: string, details: Pick<Refusal, 'facts' | 'nextStep'>) => CodedError;

/**
 * Takes the coded errors of these libraries from thread to thread.
 *
 * @param libraries their classes by name
 * @example
 * const { refusalOf, toError } = refusals({ VaultError });
 */
export function refusals(libraries: Readonly<Record<string, Rebuilt>>): Refusals {
  return {
    refusalOf: (error) => {
      if (!(error instanceof CodedError && Object.hasOwn(libraries, error.name))) throw error;
      const { name, code, message, facts, nextStep } = error as CodedError;
      return { name, code, message, facts, nextStep };
    },
    toError: ({ name, code, message, facts, nextStep }) =>
      new libraries[name](code as never, message, { facts, nextStep }),
  };
}
