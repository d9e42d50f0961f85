import {
  bundleOf,
  commitToNames,
  deletedMapRoot,
  NOT_PROVEN,
  onlySigner,
  PREDICATE_TYPES,
  proofsFileName,
  rekorEntryOf,
  signStatement,
  statementOf,
  trustFiles,
  type LedgerReceipt,
  type Statement,
  type UnlearningCertificate,
} from '#libs/certificate';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { LogTree, noteKey, signCheckpoint, signerFromSeed, type NoteKey, type Signer } from '#libs/merkle';

import { exampleDeletion, type ProvenDeletion } from './proven-deletion.js';

const hex = (byte: number) => toHex(new Uint8Array(32).fill(byte));

/** Keys from fixed seeds. */
export const certificateSigner = signerFromSeed(new Uint8Array(32).fill(1));
export const logSigner = signerFromSeed(new Uint8Array(32).fill(2));
export const logKey = noteKey('ledger.example.org', logSigner.publicKey);

/** A certificate about three shards of which the second was rebuilt; every value is fixed, and its proofs hold. */
export function exampleStatement(
  id = 'req-1',
  proven: ProvenDeletion = exampleDeletion(),
): Statement<UnlearningCertificate> {
  const { labels, shard: changed, tombstones, file } = proven;
  const shard = (root: number, count: number, digest: number) => ({
    datasetRoot: hex(root),
    count,
    digest: hex(digest),
  });
  const predicate: UnlearningCertificate = {
    request: { id, kind: 'erasure', legalGround: 'art-17-1-erasure' },
    times: {
      received: '2026-01-02T03:04:05Z',
      due: '2026-02-02T03:04:05Z',
      accepted: '2026-01-02T03:05:00Z',
      completed: '2026-01-02T03:06:00Z',
    },
    deleted: { count: labels.length, mapRoot: toHex(deletedMapRoot(labels)) },
    model: {
      line: 'main',
      genesisDigest: hex(10),
      affectedShards: [
        {
          shard: 1,
          before: { ...changed.before, digest: hex(12) },
          after: { ...changed.after, digest: hex(14) },
          delta: changed.delta,
        },
      ],
      unaffectedShards: [
        { shard: 0, ...shard(15, 6, 16) },
        { shard: 2, ...shard(17, 8, 18) },
      ],
      aggregator: { before: hex(19), after: hex(20) },
      manifest: { before: { version: 1, digest: hex(21) }, after: { version: 2, digest: hex(22) } },
      catalogueRoot: hex(23),
      partition: { kind: 'by-subject', shards: 3 },
      serving: {
        servesFrom: '2026-01-02T03:05:30Z',
        revoked: [{ version: 1, manifestDigest: hex(21) }],
      },
    },
    tombstones,
    proofs: { file: proofsFileName(id), digest: toHex(sha256(file)), bytes: file.length },
    erasure: {
      keysDestroyed: {
        count: 2,
        commitment: commitToNames(['s/label', 's/profile']),
        destroyedAt: '2026-01-02T03:05:40Z',
      },
      streamsTombstoned: { count: 1, commitment: commitToNames(['subject-s']) },
      carriedForward: 0,
    },
    backups: { expiry: 'none-kept' },
    recipientsNotified: [],
    notProven: NOT_PROVEN,
  };
  const files = [
    { name: 'manifest.json', digest: { sha256: hex(22) } },
    { name: 'shard-00.safetensors', digest: { sha256: hex(16) } },
    { name: 'shard-01.safetensors', digest: { sha256: hex(14) } },
    { name: 'shard-02.safetensors', digest: { sha256: hex(18) } },
    { name: 'aggregator.safetensors', digest: { sha256: hex(20) } },
  ];
  return statementOf(PREDICATE_TYPES.unlearning, files, predicate);
}

export interface CertificateChoices {
  readonly statement?: Statement<unknown>;
  readonly signer?: Signer;
  /** Leaves of others in the log before and after this one. */
  readonly before?: number;
  readonly after?: number;
}

/** Signs a statement, logs it among other leaves and bundles it, as the product does. */
export function honestCertificate(choices: CertificateChoices = {}): {
  readonly bundle: string;
  readonly receipt: LedgerReceipt;
} {
  const { statement = exampleStatement(), signer = certificateSigner, before = 3, after = 3 } = choices;
  const envelope = signStatement(statement, signer);
  const tree = new LogTree();
  for (let i = 0; i < before; i++) tree.append(utf8(`leaf before ${i}`));
  const index = tree.append(rekorEntryOf(envelope, signer.publicKey));
  for (let i = 0; i < after; i++) tree.append(utf8(`leaf after ${i}`));
  const receipt = {
    index,
    inclusionProof: tree.inclusionProof(index),
    checkpoint: checkpointOf(tree, logSigner, logKey),
  };
  return { bundle: bundleOf(envelope, signer.publicKey, logKey, receipt), receipt };
}

/** The files of a trust folder that fit honestCertificate. */
export function honestTrustFiles(): ReturnType<typeof trustFiles> {
  const only = { key: logKey, from: 0, until: null, validFrom: '2026-01-01T00:00:00Z' };
  return trustFiles([only], onlySigner(certificateSigner.publicKey));
}

function checkpointOf(tree: LogTree, signer: Signer, key: NoteKey): string {
  return signCheckpoint({ origin: key.name, size: tree.size, root: tree.root() }, signer);
}
