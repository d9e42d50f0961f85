import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { TRUST_POLICY, type TrustFiles } from '#libs/certificate';
import { fromUtf8 } from '#libs/essentials';
import { loadTrust, trustFolderOf } from '#libs/verification';
import { parsePolicy, type TlogPolicy } from '#libs/witnessing';
import { nodeVerifySignature } from '#platform/crypto';
import type { DataPaths } from '#platform/data-folder';
import { FILE_MODE, writeFileDurably } from '#platform/files';
import { WitnessCosigner } from '#stages/witness';
import type { Closers } from './closers.js';

const STATES = 'witnesses.json';

/** Who cosigns the checkpoints of an installation. */
export interface Witnessing {
  /** The file as the operator wrote it. */
  readonly policyText: string;
  readonly policy: TlogPolicy;
  readonly cosigner: WitnessCosigner;
}

/**
 * Asks the witnesses of the file `policy` in the data folder (C2SP tlog-policy, with the witnesses' URLs); none without it.
 *
 * @throws WitnessingError POLICY_…; WitnessError WITNESS_URL_MISSING, WITNESS_URL_UNUSABLE; EncodingError UTF8_MALFORMED
 */
export async function openWitnessing({ root }: DataPaths, closers: Closers): Promise<Witnessing | undefined> {
  const file = await readFile(path.join(root, TRUST_POLICY)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const policy = parsePolicy(file);
  const cosigner = await WitnessCosigner.open({
    policy,
    stateFile: path.join(root, STATES),
    verify: nodeVerifySignature,
  });
  closers.add(() => cosigner.close());
  return { policyText: fromUtf8(file), policy, cosigner };
}

/**
 * Puts the policy where the ledger is served, if a verifier would accept it together with the other trust files.
 *
 * @throws VerificationError such as TRUST_POLICY_OF_ANOTHER_LOG, TRUST_POLICY_LOG_IS_WITNESS
 */
export async function publishPolicy(
  { policyText }: Witnessing,
  trustFiles: TrustFiles,
  ledgerFolder: string,
): Promise<void> {
  loadTrust(trustFolderOf(trustFiles));
  await writeFileDurably(path.join(ledgerFolder, TRUST_POLICY), policyText, FILE_MODE.public);
}
