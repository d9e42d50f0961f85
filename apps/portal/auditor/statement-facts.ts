import type messages from '../messages/en.json';

/** What the envelope of a bundle says, decoded and not verified. */
export interface DecodedStatement {
  readonly predicateType: string;
  readonly predicate: unknown;
  readonly subject: readonly { readonly name: string; readonly sha256: string }[];
  /** The whole statement. */
  readonly document: unknown;
}

export type FactName = keyof typeof messages.statement.fact;
type FactKind = 'text' | 'digest' | 'time' | 'count' | 'request-kind' | 'ground';

export interface StatementFact {
  readonly name: FactName;
  readonly kind: FactKind;
  readonly value: string;
}

/** Name, where it stands in the predicate, and how it is shown. */
type Shown = readonly [name: FactName, path: string, kind: FactKind];

const SHOWN: Readonly<Record<string, readonly Shown[]>> = {
  'urn:lacuna:unlearning-certificate:v1': [
    ['request', 'request.id', 'digest'],
    ['kind', 'request.kind', 'request-kind'],
    ['ground', 'request.legalGround', 'ground'],
    ['received', 'times.received', 'time'],
    ['completed', 'times.completed', 'time'],
    ['deleted', 'deleted.count', 'count'],
    ['line', 'model.line', 'text'],
    ['versionBefore', 'model.manifest.before.version', 'count'],
    ['versionAfter', 'model.manifest.after.version', 'count'],
    ['proofs', 'proofs.digest', 'digest'],
  ],
  'urn:lacuna:model-publication:v1': [
    ['line', 'line', 'text'],
    ['version', 'version', 'count'],
    ['published', 'publishedAt', 'time'],
    ['manifest', 'manifestDigest', 'digest'],
    ['parent', 'parent', 'digest'],
    ['genesis', 'genesisDigest', 'digest'],
    ['shards', 'datasets.length', 'count'],
    ['tombstones', 'tombstones.root', 'digest'],
  ],
  'urn:lacuna:model-revocation:v1': [
    ['line', 'line', 'text'],
    ['version', 'version', 'count'],
    ['revoked', 'revokedAt', 'time'],
    ['reason', 'reason', 'text'],
    ['manifest', 'manifestDigest', 'digest'],
  ],
  'urn:lacuna:model-genesis:v1': [
    ['line', 'line', 'text'],
    ['created', 'createdAt', 'time'],
    ['subModel', 'config.subModel.kind', 'text'],
    ['aggregator', 'config.aggregator.kind', 'text'],
    ['partition', 'config.partition.kind', 'text'],
    ['shards', 'config.partition.shards', 'count'],
    ['seed', 'seed', 'digest'],
    ['config', 'configDigest', 'digest'],
    ['code', 'codeDigest', 'digest'],
    ['kernel', 'kernelDigest', 'digest'],
    ['partitionKey', 'partitionKeyCommitment', 'digest'],
    ['arithmetic', 'numericProfile', 'text'],
  ],
  'urn:lacuna:log-key-rotation:v1': [
    ['announced', 'announcedAt', 'time'],
    ['retiresAt', 'retiresAt', 'count'],
    ['nextKey', 'vkey', 'digest'],
  ],
  'urn:lacuna:signer-key-rotation:v1': [
    ['announced', 'announcedAt', 'time'],
    ['retiresAt', 'retiresAt', 'count'],
    ['nextKey', 'publicKey', 'digest'],
  ],
};

/** Reads what a Sigstore bundle says; undefined where it is none. Whoever made it chose everything in it. */
export function decodeStatement(bundle: unknown): DecodedStatement | undefined {
  const payload = at(bundle, 'dsseEnvelope.payload');
  if (typeof payload !== 'string') return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const predicateType = at(document, 'predicateType');
    const subject = at(document, 'subject');
    return {
      predicateType: typeof predicateType === 'string' ? predicateType : '',
      predicate: at(document, 'predicate'),
      subject: Array.isArray(subject) ? subject.map(fileOf) : [],
      document,
    };
  } catch {
    return undefined; // neither base64 nor JSON: the page shows that nothing can be read
  }
}

/** The fields of a statement that are worth reading first, as far as they are there. */
export function statementFacts({ predicateType, predicate }: DecodedStatement): StatementFact[] {
  return (SHOWN[predicateType] ?? []).flatMap(([name, path, kind]) => {
    const value = at(predicate, path);
    const isShown = typeof value === 'string' || typeof value === 'number';
    return isShown ? [{ name, kind, value: String(value) }] : [];
  });
}

function fileOf(file: unknown): DecodedStatement['subject'][number] {
  return { name: String(at(file, 'name')), sha256: String(at(file, 'digest.sha256')) };
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
      value,
    );
}
