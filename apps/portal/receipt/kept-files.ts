import type { TrustTexts } from '../trust/trust-choice.js';
import type { VerificationTask } from './verification.js';

/** What somebody kept, as they chose it from their own files. */
export interface KeptFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type KeptKind = 'receipt' | 'certificate' | 'proofs' | 'absence';

const MARKS: readonly (readonly [KeptKind, string])[] = [
  ['receipt', '"urn:lacuna:receipt:v1"'],
  ['proofs', '"urn:lacuna:unlearning-proofs:v1"'],
  ['absence', '"urn:lacuna:absence-proofs:v1"'],
  ['certificate', '"application/vnd.dev.sigstore.bundle.v0.3+json"'],
];

/**
 * What a file is, by what it calls itself; only whether it is worth reading. A receipt holds a certificate, so that it is looked for first, and a file that
 * lies about itself is refused when it is verified.
 */
export function kindOfFile({ bytes }: KeptFile): KeptKind | undefined {
  const text = new TextDecoder().decode(bytes);
  return MARKS.find(([, mark]) => text.includes(mark))?.[0];
}

/** The verification that the chosen files allow: of a receipt where there is one, of a certificate otherwise. */
export function taskOfFiles(files: readonly KeptFile[], trust: TrustTexts): VerificationTask | undefined {
  const bytesOf = (kind: KeptKind): Uint8Array | undefined =>
    files.find((file) => kindOfFile(file) === kind)?.bytes;
  const [receipt, certificate, proofs] = (['receipt', 'certificate', 'proofs'] as const).map(bytesOf);
  if (receipt !== undefined) return { kind: 'receipt', receipt, proofs, trust };
  return certificate === undefined ? undefined : { kind: 'certificate', certificate, trust };
}

export async function readKeptFile(file: File): Promise<KeptFile> {
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}
