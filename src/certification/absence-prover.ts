import {
  absenceProofsFile,
  MAX_PROOFS_BYTES,
  type AbsenceProofs,
  type UnlearningCertificate,
} from '#libs/certificate';
import type { ModelLineState, PublishedVersion, RequestState } from '#libs/erasure';
import { fromBase64Url, type Facts } from '#libs/essentials';
import { sortKeys } from '#libs/merkle';
import type { CertificateOffice } from './certificate-office.js';
import { CertificationError, notIssued } from './certification-error.js';
import { datasetOf } from './deletion-proofs.js';
import type { CertifiedModels, DatasetProofs } from './ports.js';
import type { StatementFiles } from './statement-files.js';

/** A version of which the absence is proven. */
export interface ProvenVersion {
  readonly line: string;
  readonly version: number;
}

/** What to prove. */
export interface AbsenceOrder {
  /** Number of one version; absent: every one since. */
  readonly version?: number;
  /** Told before each version; `of`: how many there are. */
  readonly onVersion?: (version: ProvenVersion, done: number, of: number) => void;
}

interface Candidate extends ProvenVersion {
  readonly published: PublishedVersion;
}

/** For a file of proofs: its labels, brackets and names. */
const BYTES_OF_A_LABEL = 48;
const BYTES_AROUND = 4096;

/** Proves of certified requests that their labels are in no shard of versions that were published since. */
export class AbsenceProver {
  constructor(
    private readonly certificates: Pick<CertificateOffice, 'predicate'>,
    private readonly models: Pick<CertifiedModels, 'lines' | 'manifestOf'>,
    private readonly proofs: Pick<DatasetProofs, 'absence'>,
    private readonly statements: Pick<StatementFiles, 'read'>,
  ) {}

  /**
   * The versions of the certified line from the certified one on, and those of other lines that were published after the certificate.
   *
   * @returns AbsenceProofs, canonical JSON, and what they cover
   * @throws CertificationError CERTIFICATE_NOT_ISSUED, ABSENCE_…, STATEMENT_NOT_KEPT
   */
  async prove(
    request: RequestState,
    { version: wanted, onVersion = () => {} }: AbsenceOrder = {},
  ): Promise<{ readonly file: Uint8Array; readonly versions: readonly ProvenVersion[] }> {
    if (!('ledgerIndex' in request)) throw notIssued(request.requestId);
    const labels = labelsOf(request);
    const certificate = await this.certificates.predicate(request.requestId);
    const since = versionsSince(await this.models.lines(), certificate, request.ledgerIndex);
    const versions = chosenOf(since, wanted);
    const proven: AbsenceProofs['versions'][number][] = [];
    let bytes = labels.length * BYTES_OF_A_LABEL + BYTES_AROUND;
    for (const [done, version] of versions.entries()) {
      onVersion(version, done, versions.length);
      const proof = await this.proveVersion(version, labels);
      bytes += sizeOf(proof);
      if (bytes > MAX_PROOFS_BYTES) throw tooLarge(version, versions.length);
      proven.push(proof);
    }
    return { file: absenceProofsFile({ labels, versions: proven }), versions };
  }

  private async proveVersion(
    { line, version, published }: Candidate,
    labels: readonly Uint8Array[],
  ): Promise<AbsenceProofs['versions'][number]> {
    const publication = await this.statements.read(published.ledgerIndex);
    const manifest = await this.models.manifestOf(published);
    const shards = manifest.shards.map((shard) => {
      const proof = this.proofs.absence(datasetOf({ published, manifest }, shard), labels);
      if (proof !== undefined) return proof;
      throw refuse('ABSENCE_MAP_LOST', 'the dataset map of a version is not there', {
        facts: { line, version, shard: shard.shard },
        nextStep: 'Restore datasets.db from a backup, or name a version whose maps are there by --version.',
      });
    });
    return { publication, shards };
  }
}

function labelsOf({ requestId, labels }: Extract<RequestState, { ledgerIndex: number }>): Uint8Array[] {
  if (labels.length > 0) return sortKeys(labels.map(fromBase64Url));
  throw refuse('ABSENCE_NO_LABELS', 'nothing was stored about the person, so that nothing can be absent', {
    facts: { requestId },
    nextStep: 'The certificate itself is all that there is to show.',
  });
}

function versionsSince(
  lines: readonly ModelLineState[],
  { model }: UnlearningCertificate,
  certifiedAt: number,
): Candidate[] {
  return lines.flatMap(({ genesis: { line }, versions }) =>
    versions
      .filter(({ version, ledgerIndex }) =>
        model?.line === line ? version >= model.manifest.after.version : ledgerIndex > certifiedAt,
      )
      .map((published) => ({ line, version: published.version, published })),
  );
}

function chosenOf(since: readonly Candidate[], wanted: number | undefined): readonly Candidate[] {
  if (since.length === 0)
    throw refuse('ABSENCE_NO_VERSION', 'no version was published since the request was certified', {
      nextStep: 'Come back when one is: `lacuna train` makes one.',
    });
  if (wanted === undefined) return since;
  const chosen = since.filter(({ version }) => version === wanted);
  if (chosen.length > 0) return chosen;
  throw refuse('ABSENCE_VERSION_UNKNOWN', 'no version of this number was published since the records left', {
    facts: { version: wanted, first: since[0].version, last: since[since.length - 1].version },
    nextStep: 'Name one of those since, or none to prove them all; an earlier one may hold the records.',
  });
}

/** At least what it takes in the file. */
function sizeOf({ publication, shards }: AbsenceProofs['versions'][number]): number {
  const base64 = (length: number): number => 4 * Math.ceil(length / 3) + 3;
  return JSON.stringify(publication).length + shards.reduce((sum, { length }) => sum + base64(length), 64);
}

function tooLarge({ version }: ProvenVersion, versions: number): CertificationError {
  return refuse('ABSENCE_TOO_LARGE', 'the proofs do not go into one file that verifiers read', {
    facts: { versions, reached: version, maxBytes: MAX_PROOFS_BYTES },
    nextStep: 'Make a file for each version with --version.',
  });
}

function refuse(
  code: CertificationError['code'],
  message: string,
  details: { readonly facts?: Facts; readonly nextStep: string },
): CertificationError {
  return new CertificationError(code, message, details);
}
