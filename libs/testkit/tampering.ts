import { canonicalJson, fromBase64, fromUtf8, toBase64, utf8, type JsonValue } from '#libs/essentials';

/** A bundle as parsed JSON, as far as tests change it. */
export interface BundleJson {
  verificationMaterial: {
    publicKey: { hint: string };
    tlogEntries: {
      logIndex: string;
      logId: { keyId: string };
      kindVersion: { version: string };
      canonicalizedBody: string;
      inclusionProof: {
        logIndex: string;
        treeSize: string;
        rootHash: string;
        hashes: string[];
        checkpoint: { envelope: string };
      };
    }[];
  };
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
}

/** The part of a leaf that is about the envelope. */
export interface LeafJson {
  payloadHash: { digest: string };
  signatures: { content: string; verifier: { publicKey: { rawBytes: string } } }[];
}

/** A copy of the bundle with something changed. */
export function tamperedBundle(bundle: string, change: (copy: BundleJson) => void): string {
  const copy = JSON.parse(bundle) as BundleJson;
  change(copy);
  return JSON.stringify(copy);
}

export function logEntryOf(bundle: BundleJson): BundleJson['verificationMaterial']['tlogEntries'][number] {
  return bundle.verificationMaterial.tlogEntries[0];
}

/** Base64 with the lowest bit of one byte flipped; negative positions count from the end. */
export function flipBit(base64: string, at = 0): string {
  const bytes = fromBase64(base64);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return toBase64(bytes);
}

/** Changes what the leaf says, leaving its form canonical. */
export function rewriteLeaf(bundle: BundleJson, change: (leaf: LeafJson) => void): void {
  const entry = logEntryOf(bundle);
  const document = JSON.parse(fromUtf8(fromBase64(entry.canonicalizedBody))) as {
    spec: { dsseV002: LeafJson };
  };
  change(document.spec.dsseV002);
  entry.canonicalizedBody = toBase64(utf8(canonicalJson(document)));
}

/** Flips a bit in key id (0 … 3) or signature of the checkpoint. */
export function flipCheckpointSignature(bundle: BundleJson, at: number): void {
  const { checkpoint } = logEntryOf(bundle).inclusionProof;
  const [text, line] = checkpoint.envelope.split('\n\n');
  const [dash, name, signature] = line.trimEnd().split(' ');
  checkpoint.envelope = `${text}\n\n${dash} ${name} ${flipBit(signature, at)}\n`;
}

/** A copy of a document with one field, named by its path, set to a value, or removed when the value is undefined. */
export function withField(document: unknown, path: string, value: unknown): JsonValue {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop()!;
  const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy as JsonValue;
}
