import {
  bundleOf,
  genesisStatement,
  publicationStatement,
  rekorEntryOf,
  revocationStatement,
  signStatement,
  type DsseEnvelope,
  type LedgerReceipt,
  type ModelRevocation,
  type Statement,
  type StatementSubject,
} from '#libs/certificate';
import type { Genesis, ModelManifest } from '#libs/contracts';
import { modelSignature, type ModelSigner } from '#libs/interop';
import { genesisDigest } from '#libs/learning';
import type { NoteKey, Signer } from '#libs/merkle';
import type { LedgerWriter } from './ports.js';

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
    private readonly logKey: NoteKey,
    private readonly ledger: LedgerWriter,
    private readonly modelSigner: ModelSigner,
  ) {}

  async genesis(genesis: Genesis): Promise<number> {
    return (await this.notarise(genesisStatement(genesis, genesisDigest(genesis)))).receipt.index;
  }

  async publication(manifest: ModelManifest, manifestDigest: string, publishedAt: string): Promise<number> {
    const { line, version, parent, genesisDigest } = manifest;
    const predicate = { line, version, manifestDigest, parent, genesisDigest, publishedAt };
    return (await this.notarise(publicationStatement(filesOf(manifest, manifestDigest), predicate))).receipt
      .index;
  }

  modelSignature(manifest: ModelManifest, manifestDigest: string): string {
    const files = filesOf(manifest, manifestDigest).map(({ name, digest }) => ({
      name,
      digest: digest.sha256,
    }));
    return modelSignature(`v${manifest.version}`, files, this.modelSigner);
  }

  async revocation(revoked: Omit<ModelRevocation, 'revokedAt'>, revokedAt: string): Promise<number> {
    return (await this.notarise(revocationStatement({ ...revoked, revokedAt }))).receipt.index;
  }

  async notarise(statement: Statement<unknown>): Promise<Notarised> {
    const envelope = signStatement(statement, this.signer);
    const receipt = await this.ledger.append(rekorEntryOf(envelope, this.signer.publicKey));
    return { envelope, receipt, bundle: bundleOf(envelope, this.signer.publicKey, this.logKey, receipt) };
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
