import { proofsFileName } from '#libs/certificate';
import { utf8 } from '#libs/essentials';
import { writeTar, type FileToPack } from '#platform/tar';
import type { ExploredLedger, ExploredStatements } from './ports.js';

/** Text files by name, as verifiers take them in a trust folder. */
export type TrustFolderFiles = Readonly<Record<string, string>>;

/** Packs what it takes to verify a certificate on a machine that knows nothing of this installation. */
export class OfflineBundles {
  constructor(
    private readonly ledger: Pick<ExploredLedger, 'publishedFiles'>,
    private readonly statements: Pick<ExploredStatements, 'certificate' | 'proofs'>,
    private readonly trustFiles: () => TrustFolderFiles,
  ) {}

  /**
   * A tar archive, as a stream: the certificate beside its file of proofs, the trust files, the whole ledger up to the checkpoint that is
   * published now, and how to verify them.
   *
   * @throws CertificationError CERTIFICATE_NOT_ISSUED, PROOFS_NOT_KEPT before anything is packed
   */
  async pack(requestId: string): Promise<AsyncIterable<Uint8Array>> {
    const certificate = utf8(`${JSON.stringify(await this.statements.certificate(requestId))}\n`);
    const proofs = await this.statements.proofs(requestId);
    return writeTar(this.files(requestId, certificate, proofs));
  }

  private async *files(
    requestId: string,
    certificate: Uint8Array,
    proofs: Uint8Array,
  ): AsyncGenerator<FileToPack> {
    yield inMemory('README.txt', utf8(howToVerify(requestId)));
    yield inMemory(certificateName(requestId), certificate);
    yield inMemory(`certificates/${proofsFileName(requestId)}`, proofs);
    for (const [name, content] of Object.entries(this.trustFiles()))
      yield inMemory(`trust/${name}`, utf8(content));
    for (const { path, content } of this.ledger.publishedFiles()) yield inMemory(`ledger/${path}`, content);
  }
}

function certificateName(requestId: string): string {
  return `certificates/${requestId}.sigstore.json`;
}

function inMemory(name: string, content: Uint8Array): FileToPack {
  return { name, size: content.length, content: [content] };
}

function howToVerify(requestId: string): string {
  const certificate = certificateName(requestId);
  return [
    'What verifies one unlearning certificate, offline. In this folder:',
    '',
    `  lacuna-verify certificate ${certificate} --trust trust`,
    `  lacuna-verify deletion ${certificate} --trust trust`,
    '  lacuna-verify log --folder ledger --trust trust',
    '',
    'The files in trust came from whoever made this bundle: compare them with those of a source of your own.',
    '',
  ].join('\n');
}
