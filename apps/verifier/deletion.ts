import { dirname, join } from 'node:path';
import { MAX_PROOFS_BYTES } from '#libs/certificate';
import { loadTrust, verifyCertificate, verifyDeletion, type DeletionReport } from '#libs/verification';
import { nodeSha256, nodeVerifySignature } from '#platform/crypto';
import { counted } from '#platform/terminal';
import { claimCommand } from './claim-command.js';
import { readInput, readTrustFolder } from './input-files.js';

interface DeletionInputs {
  readonly file: string;
  readonly trust: string;
  readonly proofs?: string;
}

/** `lacuna-verify deletion`: the certificate first, then its file of proofs; nothing but the named files. */
export const run = claimCommand<DeletionInputs, DeletionReport>({
  claim: 'deletion',
  verify: async ({ file, trust: folder, proofs: named }, { onStep }) => {
    const [trust, bundle] = await Promise.all([readTrustFolder(folder), readInput(file)]);
    const now = Date.now() / 1000;
    const { certificate } = verifyCertificate({ bundle, trust: loadTrust(trust, nodeVerifySignature), now });
    const proofs = await readInput(named ?? join(dirname(file), certificate.proofs.file), MAX_PROOFS_BYTES);
    return verifyDeletion({ certificate, proofs, hash: nodeSha256, onStep });
  },
  describe: ({ left, neverThere, changes }) => [
    '',
    `Verified: ${counted(left, 'record')} left the datasets of the certificate`,
    `  ${counted(neverThere, 'record')} had never been in the dataset before`,
    `  altogether ${counted(changes.deleted, 'record')} went from the affected shards and ${changes.added} came in; nothing else changed`,
    '  all of them are in the map of deleted labels, which only grew',
  ],
});
