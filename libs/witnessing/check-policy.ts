import { toHex } from '#libs/essentials';
import { checkSignedByAny, cosignatureOf, type SignedNote, type VerifySignature } from '#libs/merkle';
import { quorumInWords, type PolicyWitness, type Quorum, type TlogPolicy } from './policy.js';

const LAST_SECOND = 253_402_300_799; // of the year 9999; what is beyond has no ISO 8601 form of four digits

/** A witness that saw a checkpoint, and when. */
export interface Cosigned {
  readonly witness: PolicyWitness;
  /** POSIX seconds. */
  readonly time: number;
}

/** Who of a policy cosigned a checkpoint, and whether they are enough. */
export interface Witnessed {
  readonly satisfied: boolean;
  /** In the order of the policy. */
  readonly cosigned: readonly Cosigned[];
}

/**
 * Weighs a checkpoint against a policy. Cosignatures of witnesses that the policy does not know count for nothing; one that claims to be of a
 * witness it knows must hold. Witnesses are counted by their keys, not by their names. A policy without logs leaves it to the caller to know
 * that the checkpoint is of the right log.
 *
 * @throws MerkleError NOTE_NOT_SIGNED_BY_KEY, NOTE_SIGNATURE_INVALID when the policy names logs and none of them signed;
 *   COSIGNATURE_LENGTH, COSIGNATURE_TIME_OUT_OF_RANGE, COSIGNATURE_INVALID
 */
export function checkPolicy(policy: TlogPolicy, note: SignedNote, verify?: VerifySignature): Witnessed {
  const origin = note.text.slice(0, note.text.indexOf('\n'));
  const logs = policy.logs.map(({ key }) => key).filter(({ name }) => name === origin);
  if (policy.logs.length > 0) checkSignedByAny(note, logs, verify);
  const cosigned = policy.witnesses.flatMap((witness): Cosigned[] => {
    const time = cosignatureOf(witness.key, note, verify);
    return time === undefined ? [] : [{ witness, time }];
  });
  return { satisfied: isSatisfied(policy.quorum, keysOf(cosigned)), cosigned };
}

/** Who cosigned a checkpoint, for reports. */
export interface WitnessReport {
  /** What the policy asks for, in words; `none` when it asks for nobody. */
  readonly quorum: string;
  readonly cosigned: readonly {
    /** What the policy calls the witness. */
    readonly name: string;
    /** The name in its vkey. */
    readonly key: string;
    /** ISO 8601. */
    readonly at: string;
  }[];
}

export function reportOf({ quorum }: TlogPolicy, { cosigned }: Witnessed): WitnessReport {
  return {
    quorum: quorumInWords(quorum),
    cosigned: cosigned.map(({ witness, time }) => ({
      name: witness.name,
      key: witness.key.name,
      at: new Date(Math.min(time, LAST_SECOND) * 1000).toISOString(),
    })),
  };
}

/** Whether these witnesses alone would be enough. */
export function isQuorum({ quorum }: TlogPolicy, witnesses: readonly PolicyWitness[]): boolean {
  return isSatisfied(quorum, keysOf(witnesses.map((witness) => ({ witness }))));
}

function keysOf(cosigned: readonly { readonly witness: PolicyWitness }[]): ReadonlySet<string> {
  return new Set(cosigned.map(({ witness }) => toHex(witness.key.publicKey)));
}

function isSatisfied(quorum: Quorum, keys: ReadonlySet<string>): boolean {
  switch (quorum.kind) {
    case 'none':
      return true;
    case 'witness':
      return keys.has(toHex(quorum.witness.key.publicKey));
    case 'group':
      return quorum.members.filter((member) => isSatisfied(member, keys)).length >= quorum.threshold;
  }
}
