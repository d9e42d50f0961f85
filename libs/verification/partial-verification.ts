import type { ErrorDetails, Facts } from '#libs/essentials';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

/** One thing that was checked, or that nobody can check any more. */
export interface Finding {
  readonly code: string;
  readonly meaning: string;
  readonly facts?: Facts;
}

/** How far a claim could be followed. */
export interface Findings {
  readonly checked: readonly Finding[];
  readonly notCheckable: readonly Finding[];
}

/** A claim that holds as far as it can be followed, and is not verified: something that it rests on is gone. */
export class PartialVerificationError extends VerificationError {
  constructor(
    code: VerificationErrorCode,
    message: string,
    readonly findings: Findings,
    details: ErrorDetails = {},
  ) {
    super(code, message, details);
  }
}
