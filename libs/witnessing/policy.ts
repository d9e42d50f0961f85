import type { NoteKey } from '#libs/merkle';

/** A log that a policy accepts. */
export interface PolicyLog {
  readonly key: NoteKey;
  readonly url?: string;
}

/** A witness that a policy knows. */
export interface PolicyWitness {
  /** What the policy calls it; means nothing outside the file. */
  readonly name: string;
  readonly key: NoteKey;
  /** Submission prefix (C2SP tlog-witness), when the file says one. */
  readonly url?: string;
}

/** Which sets of witnesses are enough. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly witness: PolicyWitness }
  | {
      readonly kind: 'group';
      readonly name: string;
      /** From 1 to the number of members. */
      readonly threshold: number;
      readonly members: readonly Quorum[];
    };

/** Whose checkpoints are believed, and who must have seen them (C2SP tlog-policy). */
export interface TlogPolicy {
  /** Empty when the log is known from elsewhere. */
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly quorum: Quorum;
}

/** A quorum for people to read. @example '2 of (X1, X2, any of (Y1, Y2))' */
export function quorumInWords(quorum: Quorum): string {
  switch (quorum.kind) {
    case 'none':
      return 'none';
    case 'witness':
      return quorum.witness.name;
    case 'group': {
      const { threshold, members } = quorum;
      const count = threshold === members.length ? 'all' : threshold === 1 ? 'any' : String(threshold);
      return `${count} of (${members.map(quorumInWords).join(', ')})`;
    }
  }
}
