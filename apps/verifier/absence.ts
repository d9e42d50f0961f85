import { MAX_PROOFS_BYTES } from '#libs/certificate';
import { loadTrust, verifyAbsence, verifyCertificate, type AbsenceReport } from '#libs/verification';
import { nodeSha256, nodeVerifySignature } from '#platform/crypto';
import { counted } from '#platform/terminal';
import { claimCommand } from './claim-command.js';
import { readInput, readTrustFolder } from './input-files.js';

interface AbsenceInputs {
  readonly file: string;
  readonly trust: string;
  readonly certificate?: string;
}

/** `lacuna-verify absence`: the certificate first, where one is named; nothing but the named files. */
export const run = claimCommand<AbsenceInputs, AbsenceReport>({
  claim: 'absence',
  verify: async ({ file, trust: folder, certificate: certified }, { onStep }) => {
    const [files, proofs] = await Promise.all([readTrustFolder(folder), readInput(file, MAX_PROOFS_BYTES)]);
    const trust = loadTrust(files, nodeVerifySignature);
    const now = Date.now() / 1000;
    const certificate =
      certified === undefined
        ? undefined
        : verifyCertificate({ bundle: await readInput(certified), trust, now }).certificate;
    return verifyAbsence({ proofs, trust, certificate, now, hash: nodeSha256, onStep });
  },
  describe: ({ labels, request, versions }) => [
    '',
    `Verified: ${counted(labels, 'record')}${request === null ? '' : ` of request ${request}`} in no shard of these versions`,
    ...versions.map(
      ({ line, version, records }) =>
        `  ${line}, version ${version}: not among its ${counted(records, 'record')}`,
    ),
  ],
});
