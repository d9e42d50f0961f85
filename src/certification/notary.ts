import {
  bundleOf,
  genesisStatement,
  logKeyRotationStatement,
  publicationStatement,
  rekorEntryOf,
  revocationStatement,
  signerKeyRotationStatement,
  signStatement,
  type DsseEnvelope,
  type LedgerReceipt,
  type LogKeyRotation,
  type ModelRevocation,
  type SignerKeyRotation,
  type Statement,
  type StatementSubject,
} from '#libs/certificate';
import type { Genesis, ModelManifest } from '#libs/contracts';
import { modelSignature, type ModelSigner } from '#libs/interop';
import { genesisDigest } from '#libs/learning';
import { isInForce } from '#libs/merkle';
import type { LedgerWriter, LoggedReceipt, Publication, StatementArchive, StatementSigner } from './ports.js';

export interface Notarised {
  readonly envelope: DsseEnvelope;
  readonly receipt: LedgerReceipt;
  /** Sigstore bundle v0.3, canonical JSON. */
  readonly bundle: string;
}

/**
 * Signs statements and puts them in the ledger. Ed25519 signatures are deterministic (RFC 8032), so the same statement is the same
 * leaf, and repeating a call after a crash adds nothing; a statement that a key before has signed stays as it is.
 */
export class Notary {
  /** While the next signer is being announced, nobody knows at which index it begins. */
  private announcement: Promise<unknown> = Promise.resolve();

  /** @param signers oldest first; a key that was announced stands among them as soon as its leaf is in the ledger */
  constructor(
    private readonly signers: () => readonly StatementSigner[],
    private readonly ledger: LedgerWriter,
    private readonly statements: StatementArchive,
    private readonly modelSigner: ModelSigner,
  ) {}

  async genesis(genesis: Genesis): Promise<number> {
    return this.archive(this.notarise(genesisStatement(genesis, genesisDigest(genesis))));
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
    const files = filesOf(manifest, manifestDigest);
    return this.archive(this.notarise(publicationStatement(files, predicate)));
  }

  modelSignature(manifest: ModelManifest, manifestDigest: string): string {
    const files = filesOf(manifest, manifestDigest).map(({ name, digest }) => ({
      name,
      digest: digest.sha256,
    }));
    return modelSignature(`v${manifest.version}`, files, this.modelSigner);
  }

  async revocation(revoked: Omit<ModelRevocation, 'revokedAt'>, revokedAt: string): Promise<number> {
    return this.archive(this.notarise(revocationStatement({ ...revoked, revokedAt })));
  }

  /** Announces the log's next key, in the log itself. */
  async logKeyRotation(rotation: LogKeyRotation): Promise<number> {
    const statement = logKeyRotationStatement(rotation);
    return this.archive(this.notarise(statement, (leaf) => this.ledger.announce(leaf, rotation)));
  }

  /** Announces the next key that signs statements, under the one before. */
  async signerKeyRotation(rotation: SignerKeyRotation): Promise<number> {
    const statement = signerKeyRotationStatement(rotation);
    const announced = this.log(statement, (leaf) => this.ledger.announceSigner(leaf, rotation));
    this.announcement = announced.catch(() => undefined);
    return this.archive(announced);
  }

  /** @param append how the leaf gets into the ledger */
  async notarise(
    statement: Statement<unknown>,
    append = (leaf: Uint8Array): Promise<LoggedReceipt> => this.ledger.append(leaf),
  ): Promise<Notarised> {
    let awaited;
    do await (awaited = this.announcement);
    while (awaited !== this.announcement);
    return this.log(statement, append);
  }

  /** Signs and appends in one turn, so that the leaf stands where its signer may sign. */
  private async log(
    statement: Statement<unknown>,
    append: (leaf: Uint8Array) => Promise<LoggedReceipt>,
  ): Promise<Notarised> {
    const { envelope, leaf, publicKey } = this.sign(statement);
    const receipt = await append(leaf);
    return { envelope, receipt, bundle: bundleOf(envelope, publicKey, receipt.logKey, receipt) };
  }

  /** As it was logged before, or by the oldest key that is in force where it will stand. */
  private sign(statement: Statement<unknown>) {
    const place = this.ledger.nextIndex();
    const signed = this.signers().map(({ signer, ...period }) => {
      const envelope = signStatement(statement, signer);
      const { publicKey } = signer;
      return {
        envelope,
        publicKey,
        leaf: rekorEntryOf(envelope, publicKey),
        isInForce: isInForce(period, place),
      };
    });
    return signed.find(({ leaf }) => this.ledger.holds(leaf)) ?? signed.find((one) => one.isInForce)!;
  }

  /** Keeps a statement that is no certificate beside the ledger, so that everybody can read what the leaf stands for. */
  private async archive(notarised: Promise<Notarised>): Promise<number> {
    const { receipt, bundle } = await notarised;
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
