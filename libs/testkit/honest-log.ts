import { PREDICATE_TYPES, rekorEntryOf, signStatement, statementOf } from '#libs/certificate';
import { utf8 } from '#libs/essentials';
import {
  consistencyProof,
  encodeEntryBundle,
  encodeTile,
  entriesPath,
  leafHash,
  nodesCompletedBy,
  signCheckpoint,
  TILE_WIDTH,
  tilePath,
  tilesBetween,
  treeRoot,
  type NodeReader,
  type Signer,
} from '#libs/merkle';
import { certificateSigner, logKey, logSigner } from './honest-certificate.js';

/** A log of real entries in memory, as the ledger publishes it; entry i is the revocation of version i. */
export class HonestLog {
  private readonly entries: Uint8Array[] = [];
  private readonly nodes: Uint8Array[][] = [];
  private readonly node: NodeReader = (level, index) => this.nodes[level][index];

  constructor(size: number, signer: Signer = certificateSigner) {
    for (let version = 0; version < size; version++) this.append(revocationOf(version, signer));
  }

  append(entry: Uint8Array): void {
    const index = this.entries.push(entry) - 1;
    for (const { level, hash } of nodesCompletedBy(index, leafHash(entry), this.node))
      (this.nodes[level] ??= []).push(hash);
  }

  /** The checkpoint at a size, a signed note. */
  checkpoint(size = this.entries.length, signer: Signer = logSigner): string {
    return signCheckpoint({ origin: logKey.name, size, root: treeRoot(size, this.node) }, signer);
  }

  consistencyProof(from: number, to = this.entries.length): Uint8Array[] {
    return consistencyProof(from, to, this.node);
  }

  /** The static files at a size, by their paths. */
  files(size = this.entries.length): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>([['checkpoint', utf8(this.checkpoint(size))]]);
    for (const tile of tilesBetween(0, size)) {
      files.set(tilePath(tile), encodeTile(tile, this.node));
      if (tile.level > 0) continue;
      const first = tile.index * TILE_WIDTH;
      const bundle = encodeEntryBundle(this.entries.slice(first, first + tile.width));
      files.set(entriesPath(tile.index, tile.width), bundle);
    }
    return files;
  }
}

let signatures: Uint8Array | undefined;

/** Entries differ in their digest; the signature is of the first, since only who reads the statement could tell. */
function revocationOf(version: number, signer: Signer): Uint8Array {
  const manifestDigest = 'ab'.repeat(32);
  const subject = [{ name: 'manifest.json', digest: { sha256: manifestDigest } }];
  const predicate = { line: 'main', version, manifestDigest, reason: 'superseded', revokedAt: TIME };
  const statement = statementOf(PREDICATE_TYPES.revocation, subject, predicate);
  const signing = { ...signer, sign: (message: Uint8Array) => (signatures ??= signer.sign(message)) };
  return rekorEntryOf(signStatement(statement, signing), signer.publicKey);
}

const TIME = '2026-01-02T03:04:05Z';
