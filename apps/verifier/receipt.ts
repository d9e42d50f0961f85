import { dirname, join } from 'node:path';
import { MAX_PROOFS_BYTES, MAX_RECEIPT_BYTES, proofsFileName } from '#libs/certificate';
import { decryptWith, parseIdentity } from '#libs/age';
import { fromUtf8 } from '#libs/essentials';
import {
  composeReceipt,
  loadTrust,
  requestOfReceipt,
  verifyReceipt,
  type ReceiptReport,
} from '#libs/verification';
import { nodeSha256, nodeVerifySignature } from '#platform/crypto';
import { counted } from '#platform/terminal';
import { claimCommand } from './claim-command.js';
import { ifThere, readInput, readTrustFolder, writeOutput } from './input-files.js';
import { VerifierError } from './verifier-error.js';

interface ReceiptInputs {
  /** A receipt; or, with an identity, an age file of openings. */
  readonly file: string;
  readonly trust: string;
  readonly identity?: string;
  readonly certificate?: string;
  readonly proofs?: string;
  /** Where the receipt made of openings and certificate goes, once it is verified. */
  readonly out?: string;
}

/** `lacuna-verify receipt`: for the person whose records were deleted, on that person's machine. */
export const run = claimCommand<ReceiptInputs, ReceiptReport>({
  claim: 'receipt',
  verify: async (inputs, { onStep }) => {
    const [trust, receipt] = await Promise.all([readTrustFolder(inputs.trust), readReceipt(inputs)]);
    const proofs = await readProofs(receipt, inputs);
    const policy = loadTrust(trust, nodeVerifySignature);
    const report = verifyReceipt({ receipt, proofs, trust: policy, hash: nodeSha256, onStep });
    if (inputs.out !== undefined) await writeOutput(inputs.out, receipt);
    return report;
  },
  describe: ({ certificate, log, records }) => [
    '',
    `Verified: your receipt of request ${certificate.request.id} (${certificate.request.kind}), completed ${certificate.times.completed}`,
    '',
    'With this file, and without asking the controller for anything, you can show:',
    `  - ${counted(records.count, 'record')} of yours, about ${counted(records.items, 'item')}${period(records)}, ${records.count === 1 ? 'was' : 'were'} held under your key;`,
    '  - the controller has signed that exactly these were unlearned and destroyed, no fewer and no others;',
    `  - that statement is entry ${log.index} of the public log ${log.origin}, with the proof of it in this file;`,
    ...(records.compared === 0
      ? []
      : [
          `  - ${records.compared === records.count ? 'all' : records.compared} of them left the datasets with exactly the values and openings in this file;`,
        ]),
    '  - should one of these records turn up in a later dataset, its label there is the one in this file.',
    'Keep the file to yourself: it holds the records. Show it only to somebody who may read them.',
  ],
});

async function readReceipt({ file, identity, certificate, out }: ReceiptInputs): Promise<Uint8Array> {
  if (identity === undefined && certificate === undefined && out === undefined)
    return readInput(file, MAX_RECEIPT_BYTES);
  if (identity === undefined || certificate === undefined)
    throw new VerifierError(
      'OPTION_MISSING',
      'openings need an identity and a certificate to become a receipt',
      {
        nextStep: 'Give --identity and --certificate both, or neither when the file is a receipt already.',
      },
    );
  const [openings, key, bundle] = await Promise.all([
    readInput(file, MAX_RECEIPT_BYTES),
    readInput(identity),
    readInput(certificate),
  ]);
  return composeReceipt(await decryptWith(await parseIdentity(fromUtf8(key)), openings), bundle);
}

/** The file of proofs that is named, or the one beside the receipt, or beside the certificate that it is made of, where there is one. */
async function readProofs(
  receipt: Uint8Array,
  { file, certificate, proofs }: ReceiptInputs,
): Promise<Uint8Array | undefined> {
  if (proofs !== undefined) return readInput(proofs, MAX_PROOFS_BYTES);
  const beside = join(dirname(certificate ?? file), proofsFileName(requestOfReceipt(receipt)));
  return ifThere(() => readInput(beside, MAX_PROOFS_BYTES));
}

function period({ from, until }: ReceiptReport['records']): string {
  if (from === null || until === null) return '';
  const [first, last] = [from, until].map((time) => time.slice(0, 10));
  return first === last ? ` of ${first}` : ` from ${first} to ${last}`;
}
