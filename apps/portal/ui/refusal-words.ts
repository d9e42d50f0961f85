import type { AgeErrorCode } from '#libs/age';
import type { CertificateErrorCode } from '#libs/certificate';
import type { MerkleErrorCode } from '#libs/merkle';
import type { VerificationErrorCode } from '#libs/verification';
import type { WitnessingErrorCode } from '#libs/witnessing';
import type { EntryCheckCode } from '../auditor/entry-check.js';
import type { GrowthCode } from '../auditor/growth-check.js';

/** Why a verification in this browser refuses something. What witnesses say to logs is not said here. */
export type VerifierCode =
  | VerificationErrorCode
  | MerkleErrorCode
  | CertificateErrorCode
  | AgeErrorCode
  | Exclude<WitnessingErrorCode, `ADD_CHECKPOINT_${string}`>
  | EntryCheckCode
  | GrowthCode
  | 'TRUST_FILE_MISSING';

/** What codes mean, and what to do. */
export interface RefusalWords {
  readonly title: Readonly<Record<VerifierCode, string> & Record<string, string | undefined>>;
  readonly next: Readonly<Record<string, string | undefined>>;
}

/** In German, loaded when something is refused: in English the libraries say it themselves. */
export async function germanRefusals(): Promise<RefusalWords> {
  return (await import('../messages/refusals.de.json')).default;
}
