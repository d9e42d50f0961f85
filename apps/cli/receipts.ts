import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Identity } from '#libs/age';
import { canonicalJson, utf8 } from '#libs/essentials';
import { FILE_MODE, writeFileDurably } from '#platform/files';
import type { Installation } from '../installation/index.js';
import { CommandError } from './command-error.js';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

/** Who gets the receipt of a request; at most one of the two. */
export interface ReceiptFlags {
  /** File for a plain receipt, made here. */
  readonly receipt?: string;
  /** The person's own age recipient; then nobody here ever sees the receipt. */
  readonly receiptFor?: string;
}

/** What the CLI does about a receipt before and after a request is worked. */
export interface ReceiptErrand {
  readonly recipient?: string;
  /** To be called when the request was submitted, or turned away. */
  submitted(): void;
  /** To be called when there is a certificate. */
  deliver(installation: Installation): Promise<void>;
  /** To be called when there will be none. */
  giveUp(): Promise<void>;
}

/**
 * Prepares for a receipt. A plain one needs an identity that outlives this process until the receipt is written, for by then the keys are
 * destroyed and nothing else opens the records: it is written beside the receipt-to-be before the request is made, and removed once the
 * receipt is there. The data folder never holds it.
 *
 * @throws CommandError RECEIPT_FILE_EXISTS
 */
export async function prepareReceipt(flags: ReceiptFlags, requestId: string): Promise<ReceiptErrand> {
  const { receipt: file, receiptFor: recipient } = flags;
  if (file === undefined) return errandFor(recipient, requestId);
  const identityFile = `${file}.identity`;
  for (const taken of [file, identityFile]) refuseTaken(taken);
  const { newIdentity, recipientOf } = await import('#libs/age');
  const identity = await newIdentity();
  await writeFileDurably(identityFile, `# opens the receipt of request ${requestId}\n${identity}\n`);
  return {
    recipient: await recipientOf(identity),
    submitted: () =>
      toStdout(
        `If this is interrupted: lacuna resume, then lacuna receipt ${requestId} --identity ${identityFile} --out ${file}`,
      ),
    deliver: async (installation) => {
      await writePlainReceipt(installation, requestId, identity, file);
      await removeSecret(identityFile);
    },
    giveUp: () => removeSecret(identityFile),
  };
}

function errandFor(recipient: string | undefined, requestId: string): ReceiptErrand {
  return {
    recipient,
    submitted: () => {},
    deliver: async () => {
      if (recipient !== undefined)
        toStdout(
          `Receipt: give the person certificate and proofs, and the file of lacuna receipt ${requestId} --out FILE.age`,
        );
    },
    giveUp: async () => {},
  };
}

/** Adds `receipt`. */
export function registerReceipts(program: Command): void {
  program
    .command('receipt')
    .description('hand out the openings of a request’s deleted records, and keep them no longer')
    .argument('<request>', 'request id')
    .requiredOption('--out <file>', 'the file to write: openings that only the person can open')
    .option('--identity <file>', 'open them with this identity and write a plain receipt instead')
    .action((requestId: string, { out, identity }: { out: string; identity?: string }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        refuseTaken(out);
        installation.requests.get(requestId);
        if (identity !== undefined) return deliverLate(installation, requestId, identity, out);
        const { certificates, receipts } = installation;
        await writeFileDurably(out, await receipts.read(requestId));
        await receipts.remove(requestId);
        toStdout(
          `Openings: ${out}. Give them to the person with certificate and proofs: ${certificates.fileOf(requestId)}, ${certificates.proofsFileOf(requestId)}`,
        );
      }),
    );
}

async function deliverLate(
  installation: Installation,
  requestId: string,
  identityFile: string,
  out: string,
): Promise<void> {
  const { parseIdentity } = await import('#libs/age');
  const identity = await parseIdentity(await readFile(identityFile, 'utf8'));
  await writePlainReceipt(installation, requestId, identity, out);
  if (identityFile === `${out}.identity`) await removeSecret(identityFile); // made by this program, for this receipt alone
}

/** Receipt and proofs are on the disk before the openings are given up. */
async function writePlainReceipt(
  { certificates, receipts }: Installation,
  requestId: string,
  identity: Identity,
  file: string,
): Promise<void> {
  const { decryptWith } = await import('#libs/age');
  const { proofsFileName } = await import('#libs/certificate');
  const { composeReceipt } = await import('#libs/verification');
  const certificate = canonicalJson(await certificates.read(requestId));
  const openings = await decryptWith(identity, await receipts.read(requestId));
  const receipt = composeReceipt(openings, utf8(certificate));
  const proofs = path.join(path.dirname(file), proofsFileName(requestId));
  await writeFileDurably(proofs, await certificates.readProofs(requestId), FILE_MODE.public);
  await writeFileDurably(file, receipt, FILE_MODE.private);
  await receipts.remove(requestId);
  toStdout(
    `Receipt: ${file}, and ${proofs}, which shows its values. The receipt holds the deleted records: give both to the person and remove them here.`,
  );
}

/** Overwrites what the file holds and removes it. */
async function removeSecret(file: string): Promise<void> {
  if (!existsSync(file)) return;
  await writeFile(file, new Uint8Array((await readFile(file)).length), { flag: 'r+', flush: true });
  await rm(file);
}

function refuseTaken(file: string): void {
  if (existsSync(file))
    throw new CommandError('RECEIPT_FILE_EXISTS', `${file} is there already`, {
      nextStep:
        'Name another file. A file that ends in .identity belongs to a receipt that was not finished: its first line names the request; finish it with lacuna receipt, or remove it when there is no such request.',
    });
}
