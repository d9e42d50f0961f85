/** What a verifier checks, in this order. A report lists every one of them; none is optional. */
export const VERIFICATION_STEPS = {
  bundle: 'the file is a Sigstore bundle v0.3 with one signature and one log entry',
  signer: 'the bundle names the trusted certificate signer',
  leaf: 'the log entry is the entry of this envelope and this signer',
  signature: 'the signature over the statement holds under the trusted key',
  statement: 'the statement has exactly the fields it should have, and accounts for every shard',
  log: 'the entry is in the trusted log',
  checkpoint: 'the checkpoint is signed by the trusted log',
  head: 'the checkpoint has the size and root that the proof is for',
  index: 'the index of the entry is inside the tree',
  inclusion: 'the inclusion proof leads from the entry to the root of the checkpoint',
} as const;

export type VerificationStep = keyof typeof VERIFICATION_STEPS;

export interface VerifiedStep {
  readonly step: VerificationStep;
  readonly meaning: string;
}

/** Collects steps as they succeed, and tells whoever watches. */
export class StepLog {
  readonly verified: VerifiedStep[] = [];

  constructor(private readonly onStep?: (step: VerifiedStep) => void) {}

  run<T>(step: VerificationStep, check: () => T): T {
    const result = check();
    const verified = { step, meaning: VERIFICATION_STEPS[step] };
    this.verified.push(verified);
    this.onStep?.(verified);
    return result;
  }
}
