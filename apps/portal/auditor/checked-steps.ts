import { isCodedError, type CodedError } from '#libs/essentials';
import type { StepState } from '../ui/step-list.js';

/** How far a verification came: a refusal belongs to the first step that does not hold, and what comes after it was never looked at. */
export interface CheckedSteps<Step extends string, Result> {
  readonly steps: readonly { readonly step: Step; readonly state: StepState }[];
  /** Absent when something was refused. */
  readonly result?: Result;
  readonly refusal?: CodedError;
}

/** Tells that a step holds. */
export type Hold<Step extends string> = (step: Step) => void;

/**
 * Takes the steps of a verification and keeps how far it came.
 *
 * @param names all steps, in their order
 * @param take tells each step after it has held; what it throws was found in the step after that
 */
export async function takeSteps<Step extends string, Result>(
  names: readonly Step[],
  take: (hold: Hold<Step>) => Result | Promise<Result>,
): Promise<CheckedSteps<Step, Result>> {
  const held = new Set<Step>();
  try {
    const result = await take((step) => held.add(step));
    return { steps: names.map((step) => ({ step, state: 'verified' })), result };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const refused = names.find((step) => !held.has(step));
    return {
      steps: names.map((step) => ({
        step,
        state: held.has(step) ? 'verified' : step === refused ? 'refused' : 'waiting',
      })),
      refusal: error,
    };
  }
}
