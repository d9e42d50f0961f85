import {
  bundleOf,
  genesisStatement,
  logKeyRotationStatement,
  publicationStatement,
  rekorEntryOf,
  revocationStatement,
  signStatement,
  type DsseEnvelope,
  type LedgerReceipt,
  type LogKeyRotation,
  type ModelRevocation,
  type Statement,
  type StatementSubject,
} from '#libs/certificate';
import type { Genesis, ModelManifest } from '#libs/contracts';
import { modelSignature, type ModelSigner } from '#libs/interop';
import { genesisDigest } from '#libs/learning';
import type { Signer } from '#libs/merkle';
import type { LedgerWriter, LoggedReceipt, Publication, StatementArchive } from './ports.js';

export interface Notarised {
  readonly envelope: DsseEnvelope;
  readonly receipt: LedgerReceipt;
  /** Sigstore bundle v0.3, canonical JSON. */
  readonly bundle: string;
}

/**
 * Signs statements and puts them in the ledger. Ed25519 signatures are deterministic (RFC 8032), so the same statement is the same
 * leaf, and repeating a call after a crash adds nothing.
 */
export class Notary {
  constructor(
    private readonly signer: Signer,
    private readonly ledger: LedgerWriter,
    private readonly statements: StatementArchive,
    private readonly modelSigner: ModelSigner,
  ) {}

  async genesis(genesis: Genesis): Promise<number> {
    return this.archive(genesisStatement(genesis, genesisDigest(genesis)));
  }

  async publication({ manifest, manifestDigest, publishedAt, tombstones }: Publication): Promise<number> {
    const { line, version, parent, genesisDigest } = manifest;
    const datasets = manifest.shards.map(({ shard, datasetRoot: root, count }) => ({ shard, root, count }));
    const predicate = {
      line,
      version,
      manifestDigest,
      parent,
      genesisDigest,
      publishedAt,
      datasets,
      tombstones,
    };
    return this.archive(publicationStatement(filesOf(manifest, manifestDigest), predicate));
  }

  modelSignature(manifest: ModelManifest, manifestDigest: string): string {
    const files = filesOf(manifest, manifestDigest).map(({ name, digest }) => ({
      name,
      digest: digest.sha256,
    }));
    return modelSignature(`v${manifest.version}`, files, this.modelSigner);
  }

  async revocation(revoked: Omit<ModelRevocation, 'revokedAt'>, revokedAt: string): Promise<number> {
    return this.archive(revocationStatement({ ...revoked, revokedAt }));
  }

  /** Announces the log's next key, in the log itself. */
  async logKeyRotation(rotation: LogKeyRotation): Promise<number> {
    const statement = logKeyRotationStatement(rotation);
    return this.archive(statement, (leaf) => this.ledger.announce(leaf, rotation));
  }

  /** @param append how the leaf gets into the ledger */
  async notarise(
    statement: Statement<unknown>,
    append = (leaf: Uint8Array): Promise<LoggedReceipt> => this.ledger.append(leaf),
  ): Promise<Notarised> {
    const { publicKey } = this.signer;
    const envelope = signStatement(statement, this.signer);
    const receipt = await append(rekorEntryOf(envelope, publicKey));
    return { envelope, receipt, bundle: bundleOf(envelope, publicKey, receipt.logKey, receipt) };
  }

  /** Puts a statement that is no certificate in the ledger, and beside it, so that everybody can read what the leaf stands for. */
  private async archive(...asked: Parameters<Notary['notarise']>): Promise<number> {
    const { receipt, bundle } = await this.notarise(...asked);
    await this.statements.keep(receipt.index, bundle);
    return receipt.index;
  }
}

/** The files of a version as a statement names them. */
export function filesOf(manifest: ModelManifest, manifestDigest: string): StatementSubject[] {
  const file = (name: string, sha256: string): StatementSubject => ({ name, digest: { sha256 } });
  return [
    file('manifest.json', manifestDigest),
    ...manifest.shards.map(({ file: name, digest }) => file(name, digest)),
    file(manifest.aggregator.file, manifest.aggregator.digest),
  ];
}
