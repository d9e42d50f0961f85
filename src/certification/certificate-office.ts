import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  parseBundle,
  parseStatement,
  parseUnlearningCertificate,
  proofsFileName,
  type LedgerReceipt,
  type UnlearningCertificate,
} from '#libs/certificate';
import type { PublishedVersion, RequestIn } from '#libs/erasure';
import { servedAt } from '#libs/erasure';
import { fromBase64Url, fromUtf8, sha256, toHex } from '#libs/essentials';
import { sortKeys } from '#libs/merkle';
import type { TrustPolicy } from '#libs/verification';
import { FILE_MODE, writeFileDurably } from '#platform/files';
import { CertificationError, notIssued } from './certification-error.js';
import { proveDeletion } from './deletion-proofs.js';
import { lastHolder } from './last-holder.js';
import type { CertifiedVersion, ModelChange } from './model-change.js';
import type { Notary } from './notary.js';
import type { CertifiedModels, DatasetProofs } from './ports.js';
import { renderCertificate, type RenderedFormat } from './render-certificate.js';
import { unlearningStatement } from './unlearning-certificate.js';

/** What to do with a certificate whose checkpoint too few witnesses saw: hold it back until they have, or issue it all the same. */
export type Unwitnessed = 'hold' | 'issue';

/** Issues unlearning certificates and keeps them as files, one a request. */
export class CertificateOffice {
  constructor(
    private readonly notary: Notary,
    private readonly models: CertifiedModels,
    private readonly proofs: DatasetProofs,
    private readonly folder: string,
    private readonly trust: () => TrustPolicy,
    private readonly unwitnessed: Unwitnessed = 'hold',
  ) {}

  /**
   * Repeating it issues the same certificate: same proofs, same statement, same leaf. The proofs are on disk before a certificate that
   * names them is signed; the certificate's file is written last.
   *
   * @throws CertificationError CHECKPOINT_NOT_WITNESSED: the statement is logged, and repeating the call asks the witnesses again
   */
  async issue(
    request: RequestIn<'shredded'>,
    recipientsNotified: readonly string[] = [],
  ): Promise<{ certificateDigest: string; ledgerIndex: number }> {
    const labels = sortKeys(request.labels.map(fromBase64Url));
    const change = await this.changeOf(request, labels);
    const proven = await proveDeletion(request.requestId, labels, change, this.proofs);
    await writeFileDurably(this.proofsFileOf(request.requestId), proven.file, FILE_MODE.public);
    const statement = unlearningStatement(request, change, proven, recipientsNotified);
    const { envelope, receipt, bundle } = await this.notary.notarise(statement);
    if (this.unwitnessed === 'hold') requireWitnesses(receipt);
    await writeFileDurably(this.fileOf(request.requestId), `${bundle}\n`, FILE_MODE.public);
    return { certificateDigest: toHex(sha256(envelope.payload)), ledgerIndex: receipt.index };
  }

  /** The Sigstore bundle of a request, as parsed JSON. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  async read(requestId: string): Promise<unknown> {
    return JSON.parse(fromUtf8(await this.issued(requestId)));
  }

  /** The certificate for people, verified under our own trust files. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  async render(requestId: string, format: RenderedFormat): Promise<Uint8Array> {
    const bundle = await this.issued(requestId);
    return renderCertificate(bundle, this.trust(), format);
  }

  /** What the certificate of a request states. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  async predicate(requestId: string): Promise<UnlearningCertificate> {
    const { envelope } = parseBundle(await this.issued(requestId));
    return parseUnlearningCertificate(parseStatement(envelope.payload).predicate);
  }

  /**
   * The file of proofs that the certificate of a request names, byte for byte.
   * @throws CertificationError CERTIFICATE_NOT_ISSUED, PROOFS_NOT_KEPT
   */
  async readProofs(requestId: string): Promise<Uint8Array> {
    await this.issued(requestId); // proofs without a certificate are those of an interrupted run
    try {
      return Uint8Array.from(await readFile(this.proofsFileOf(requestId)));
    } catch (cause) {
      throw new CertificationError(
        'PROOFS_NOT_KEPT',
        'the file of proofs of the certificate cannot be read',
        {
          facts: { requestId },
          nextStep:
            'Restore it from a backup of the folder of certificates; the certificate names its digest.',
          cause,
        },
      );
    }
  }

  private async issued(requestId: string): Promise<Uint8Array> {
    try {
      return Uint8Array.from(await readFile(this.fileOf(requestId)));
    } catch (cause) {
      throw notIssued(requestId, cause);
    }
  }

  fileOf(requestId: string): string {
    return path.join(this.folder, `${requestId}.sigstore.json`);
  }

  proofsFileOf(requestId: string): string {
    return path.join(this.folder, proofsFileName(requestId));
  }

  private async changeOf(
    { rebuildId, acceptedAt, destroyedAt }: RequestIn<'shredded'>,
    labels: readonly Uint8Array[],
  ): Promise<ModelChange | undefined> {
    const { versions, ...line } = await this.models.line(rebuildId);
    const published =
      rebuildId === null
        ? servedAt({ versions, ...line }, destroyedAt) // not the one that serves now: a repetition must sign the same
        : versions.find((version) => version.rebuildId === rebuildId);
    if (published === undefined) return undefined;
    const after = await this.certified(published);
    const earlier = rebuildId === null ? [] : versions.slice(0, versions.indexOf(published));
    if (earlier.length === 0) return { before: after, after, replaced: [] };
    const search = { labels, acceptedAt, earlier, after };
    const before = await lastHolder(search, this.proofs, (version) => this.certified(version));
    return { before, after, replaced: earlier.slice(earlier.indexOf(before.published)) };
  }

  private async certified(published: PublishedVersion): Promise<CertifiedVersion> {
    return { published, manifest: await this.models.manifestOf(published) };
  }
}

function requireWitnesses({ policy, index }: LedgerReceipt): void {
  if (policy === undefined || policy.satisfied) return;
  throw new CertificationError(
    'CHECKPOINT_NOT_WITNESSED',
    'too few witnesses saw the checkpoint that covers the certificate',
    {
      facts: { index, cosigned: policy.witnesses.join(', ') || 'none' },
      nextStep: 'See which witness does not answer (lacuna status); lacuna resume asks them again.',
    },
  );
}
