/** What a verifier checks for each claim, in this order. A report lists every one of them; none is optional. */
export const CLAIM_STEPS = {
  certificate: {
    bundle: 'the file is a Sigstore bundle v0.3 with one signature and one log entry',
    signer: 'the bundle names the trusted certificate signer',
    leaf: 'the log entry is the entry of this envelope and this signer',
    signature: 'the signature over the statement holds under the trusted key',
    statement: 'the statement has exactly the fields it should have, and accounts for every shard',
    coherence: 'versions, revocations and files of the statement fit together',
    log: 'the entry is in the trusted log',
    checkpoint: 'the checkpoint is signed by the trusted log',
    head: 'the checkpoint has the size and root that the proof is for',
    index: 'the index of the entry is inside the tree',
    inclusion: 'the inclusion proof leads from the entry to the root of the checkpoint',
    authority: 'the signer was in force where the entry stands in the log',
    witnesses: 'every witness that the trust folder requires has cosigned the checkpoint',
  },
  consistency: {
    older: 'the older checkpoint is signed by the trusted log',
    newer: 'the newer checkpoint is signed by the trusted log',
    order: 'the newer checkpoint covers no fewer entries, and none of one size has another root',
    proof: 'the proof leads to both roots: every entry of the older tree stands unchanged in the newer one',
  },
  log: {
    checkpoint: 'the checkpoint is signed by the trusted log',
    since: 'an earlier checkpoint, where one is given, is signed by the same log and covers no more entries',
    entries: 'every entry is there, is of a known kind, and has the hash that its tile says',
    tiles: 'every tile holds the hashes of what is below it, up to the right edge',
    root: 'the entries give the root that the checkpoint is signed for',
    growth: 'the first entries give the root of the earlier checkpoint, where one is given',
  },
  receipt: {
    receipt: 'the file is a receipt with exactly the fields it should have',
    certificate: 'signature, log entry and checkpoint of the certificate inside hold',
    request: 'certificate and records are of one request',
    labels: 'every label is that of its record under the label key',
    records: 'the records are all that the certificate says were deleted, and no others',
    values:
      'the proofs of the deletion, where they are given, hold, and every record has the value and opening that left its dataset',
  },
  deletion: {
    proofs: 'the file of proofs is the one that the certificate names',
    labels: 'its labels are those that the certificate is about',
    deltas:
      'each affected dataset leads to the one after it by the entries that went and came, and no others',
    left: 'every label left an affected shard or was in none, and no shard has it now',
    tombstones: 'the map of deleted labels only grew, by these labels and no others',
  },
  absence: {
    labels: 'the labels are those that the certificate is about, where one was given',
    publications: 'every version was published in the trusted log, by the trusted signer',
    versions: 'each version stands once, and none before the certified one',
    absence: 'no shard of these versions has any of the labels',
  },
  replay: {
    certificate: 'signature, log entry and checkpoint of the certificate hold',
    manifest: 'the manifest is the one that the certificate names',
    genesis: 'seed, configuration and partition key are those that were logged first',
    events: 'every event was read; every label belongs to its record',
    bytes: 'dataset roots, sub-models and aggregator have the certified bytes',
  },
} as const;

/** What somebody can have verified: one command of `lacuna-verify`, one form of report. */
export type Claim = keyof typeof CLAIM_STEPS;
export type StepOf<C extends Claim> = keyof (typeof CLAIM_STEPS)[C] & string;

export interface VerifiedStep {
  readonly step: string;
  readonly meaning: string;
}

/** Something that stays open although the claim was verified. */
export interface NotProven {
  readonly code: string;
  readonly meaning: string;
}

/** What every claim's report has; the facts that were established stand beside it under names of their own. */
export interface ClaimReport {
  readonly verified: true;
  readonly claim: Claim;
  readonly steps: readonly VerifiedStep[];
  readonly notProven: readonly NotProven[];
}

/**
 * Collects the steps of one claim as they succeed, and tells whoever watches.
 *
 * @example
 * const steps = new StepLog('certificate', onStep);
 * const bundle = steps.run('bundle', () => readBundle(file)); // throws, or is done
 */
export class StepLog<C extends Claim> {
  readonly verified: VerifiedStep[] = [];

  constructor(
    readonly claim: C,
    private readonly onStep?: (step: VerifiedStep) => void,
  ) {}

  run<T>(step: StepOf<C>, check: () => T): T {
    const result = check();
    this.done(step);
    return result;
  }

  /** For steps that wait for files. */
  async runAsync<T>(step: StepOf<C>, check: () => Promise<T>): Promise<T> {
    const result = await check();
    this.done(step);
    return result;
  }

  /** Ends a verification: a report there is only when every step of the claim was taken, in its order. */
  report<Facts extends object>(facts: Facts, notProven: readonly NotProven[]): ClaimReport & Facts {
    const taken = this.verified.map(({ step }) => step);
    const wanted = Object.keys(CLAIM_STEPS[this.claim]);
    if (taken.join() !== wanted.join())
      throw new TypeError(
        `the steps of ${this.claim} are ${wanted.join()}, and these were taken: ${taken.join()}`,
      );
    return { verified: true, claim: this.claim, steps: this.verified, ...facts, notProven };
  }

  private done(step: StepOf<C>): void {
    const meanings: Readonly<Record<string, string>> = CLAIM_STEPS[this.claim];
    const verified = { step, meaning: meanings[step] };
    this.verified.push(verified);
    this.onStep?.(verified);
  }
}
