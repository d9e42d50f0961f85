import type { Claim } from '#libs/verification';
import type { RunClaim } from './claim-command.js';

interface CommandOption {
  /** As Commander reads it: `--name <value>`. */
  readonly flags: string;
  readonly meaning: string;
  readonly required?: true;
  readonly parse?: (value: string) => unknown;
}

/** A command of `lacuna-verify`: all that its help says, and where it is. */
export interface CommandEntry {
  readonly claim: Claim;
  readonly summary: string;
  readonly argument?: { readonly name: string; readonly meaning: string };
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** Loads the file of the command, when it is asked for, so that a short command starts quickly. */
  readonly load: () => Promise<{ run: RunClaim }>;
}

const TRUST: CommandOption = {
  flags: '--trust <folder>',
  meaning:
    'folder with log.vkey, trusted-root.json and certificate-signer.pem; with log-keys.json and certificate-signers.json once a key was rotated, and policy where witnesses must have seen the log',
  required: true,
};

/** Every claim has its command here; `--json` and the exit codes are the same for all. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    claim: 'certificate',
    summary: 'verify one certificate offline: signature, log entry, inclusion, checkpoint',
    argument: { name: 'file', meaning: 'the certificate, a Sigstore bundle (*.sigstore.json)' },
    options: [TRUST],
    examples: [
      'lacuna-verify certificate certificates/req-1.sigstore.json --trust trust',
      'lacuna-verify certificate certificates/req-1.sigstore.json --trust trust --json | jq .log',
    ],
    load: () => import('./certificate.js'),
  },
  {
    claim: 'deletion',
    summary: 'verify which records left the datasets of a certificate, and that nothing else changed',
    argument: { name: 'file', meaning: 'the certificate, a Sigstore bundle (*.sigstore.json)' },
    options: [
      TRUST,
      {
        flags: '--proofs <file>',
        meaning: 'its file of proofs (default: beside it, as the certificate names it)',
      },
    ],
    examples: ['lacuna-verify deletion certificates/req-1.sigstore.json --trust trust'],
    load: () => import('./deletion.js'),
  },
  {
    claim: 'absence',
    summary: 'verify that deleted records are in no shard of later versions',
    argument: { name: 'file', meaning: 'the proofs of absence (*.absence.json)' },
    options: [
      TRUST,
      { flags: '--certificate <file>', meaning: 'the certificate whose records these must be' },
    ],
    examples: [
      'lacuna-verify absence req-1.absence.json --trust trust --certificate certificates/req-1.sigstore.json',
    ],
    load: () => import('./absence.js'),
  },
  {
    claim: 'consistency',
    summary: 'verify that the log only grew between two of its checkpoints',
    options: [
      TRUST,
      { flags: '--old <file>', meaning: 'the older checkpoint, a signed note', required: true },
      { flags: '--new <file>', meaning: 'the newer checkpoint, a signed note', required: true },
      { flags: '--proof <file>', meaning: 'the proof: one hash in base64 a line' },
      {
        flags: '--tiles <place>',
        meaning:
          'instead of a proof: folder or http(s) address that holds tile/ (only an address uses the network)',
      },
    ],
    examples: [
      'lacuna-verify consistency --trust trust --old checkpoint.2025 --new ledger/checkpoint --tiles ledger',
      'lacuna-verify consistency --trust trust --old checkpoint.2025 --new checkpoint --proof proof.txt',
    ],
    load: () => import('./consistency.js'),
  },
  {
    claim: 'log',
    summary: 'read a whole log: every tile, every entry, the root again from the entries',
    options: [
      TRUST,
      { flags: '--folder <folder>', meaning: 'folder that holds checkpoint and tile/' },
      { flags: '--url <address>', meaning: 'or the http(s) address of the same; only this uses the network' },
      { flags: '--since <file>', meaning: 'an earlier checkpoint that the log must begin with' },
    ],
    examples: [
      'lacuna-verify log --trust trust --folder ledger',
      'lacuna-verify log --trust trust --url https://ledger.example.org/ledger --since checkpoint.2025',
    ],
    load: () => import('./log.js'),
  },
  {
    claim: 'receipt',
    summary: 'verify the receipt of your own deleted records, or make one of openings and certificate',
    argument: { name: 'file', meaning: 'the receipt; or, with --identity, the openings (*.age)' },
    options: [
      TRUST,
      { flags: '--identity <file>', meaning: 'your age identity, which opens the openings' },
      { flags: '--certificate <file>', meaning: 'the certificate of the same request (*.sigstore.json)' },
      {
        flags: '--proofs <file>',
        meaning:
          'its file of proofs, which shows the values (default: REQUEST.proofs.json beside the receipt or certificate)',
      },
      { flags: '--out <file>', meaning: 'where to write the receipt made of the two, once it is verified' },
    ],
    examples: [
      'lacuna-verify receipt receipt.json --trust trust',
      'lacuna-verify receipt openings.age --identity key.txt --certificate certificate.sigstore.json --out receipt.json --trust trust',
    ],
    load: () => import('./receipt.js'),
  },
  {
    claim: 'replay',
    summary:
      'rebuild datasets, shards and aggregator from the events and compare every byte with a certificate',
    options: [
      { flags: '--export <file>', meaning: 'what `lacuna export replay` made for you' },
      { flags: '--identity <file>', meaning: 'your age identity, as age-keygen wrote it; opens the export' },
      {
        flags: '--keep <folder>',
        meaning: 'keep there what the export holds (default: remove it at the end)',
      },
      { flags: '--certificate <file>', meaning: 'without an export: the certificate (*.sigstore.json)' },
      { flags: '--events <file>', meaning: 'copy of the event log (events.db)' },
      { ...TRUST, meaning: `${TRUST.meaning} (default: those in the export)`, required: undefined },
      {
        flags: '--keys <file>',
        meaning: 'keys that open the events (default: replay-keys.jsonl beside them)',
      },
      {
        flags: '--models <folder>',
        meaning: 'folder with the manifests (default: models beside the events)',
      },
      { flags: '--all-shards', meaning: 'also rebuild the shards that the unlearning left alone' },
      {
        flags: '--threads <n>',
        meaning: 'threads that read and rebuild (default: one a processor)',
        parse: Number,
      },
    ],
    examples: [
      'lacuna-verify replay --export replay.age --identity key.txt --trust trust',
      'lacuna-verify replay --certificate certificates/req-1.sigstore.json --events events.db --trust trust',
      'lacuna-verify replay --certificate certificates/req-1.sigstore.json --events events.db --trust trust --all-shards',
    ],
    load: () => import('./replay.js'),
  },
];
