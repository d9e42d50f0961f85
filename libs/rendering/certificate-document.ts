import {
  parseBundle,
  parseStatement,
  parseUnlearningCertificate,
  type CertifiedModel,
  type UnlearningCertificate,
} from '#libs/certificate';
import { sha256, toHex } from '#libs/essentials';
import { CLAIM_STEPS, type CertificateReport, type VerifiedStep } from '#libs/verification';
import { plainText, timeInWords, type Block, type ReadableDocument, type Value } from './document.js';

/** What came of verifying the certificate that is to be shown. */
export type Check =
  | { readonly state: 'verified'; readonly report: CertificateReport }
  | {
      readonly state: 'refused';
      readonly code: string;
      readonly message: string;
      /** Those that held until then. */
      readonly steps: readonly VerifiedStep[];
    }
  /** No trust files were at hand. */
  | { readonly state: 'unchecked' };

/**
 * A certificate for people: what happened in plain words, what was checked and what cannot be shown, every digest, and how to check
 * it oneself.
 *
 * @param file the certificate, a Sigstore bundle as it was received
 * @throws CertificateError when it cannot be read at all
 */
export function certificateDocument(file: Uint8Array, check: Check): ReadableDocument {
  const { envelope, entry } = parseBundle(file);
  const certificate = parseUnlearningCertificate(parseStatement(envelope.payload).predicate);
  const { request, times } = certificate;
  return {
    title: 'Certificate of unlearning',
    subtitle: `Request ${request.id}`,
    dated: times.completed,
    source: toHex(sha256(file)),
    blocks: [
      verdict(check),
      ...inPlainWords(certificate),
      ...limits(certificate),
      ...theRequest(certificate),
      ...destruction(certificate),
      ...(certificate.model === null ? withoutModel() : ofModel(certificate.model)),
      ...theProofs(certificate),
      ...steps(check),
      ...ownCheck(request.id, entry.logIndex),
      ...(certificate.model === null ? [] : digestsInFull(certificate.model)),
    ],
  };
}

const GROUNDS: Readonly<Record<UnlearningCertificate['request']['legalGround'], string>> = {
  'art-17-1-erasure': 'right to erasure, GDPR Article 17(1)',
  'art-7-3-withdrawal-of-consent': 'withdrawal of consent, GDPR Article 7(3)',
  'art-21-objection': 'right to object, GDPR Article 21',
  'ccpa-105-delete': 'right to delete, California Civil Code § 1798.105',
  'ccpa-120-opt-out': 'right to opt out, California Civil Code § 1798.120',
};

const ASKED: Readonly<Record<UnlearningCertificate['request']['kind'], string>> = {
  erasure: 'a person asked to be erased',
  withdrawal: 'a person withdrew consent to the use of some of their records',
  objection: 'a person objected to the use of some of their records',
};

function verdict(check: Check): Block {
  switch (check.state) {
    case 'verified': {
      const { origin, index, size } = check.report.log;
      return {
        kind: 'notice',
        tone: 'good',
        title: 'Verified',
        text: `All ${check.report.steps.length} checks held: it is signed, and it is entry ${index} of the log ${origin}, in a tree of ${size}. Whoever made this page says so; to know it, check the certificate file yourself.`,
      };
    }
    case 'refused':
      return {
        kind: 'notice',
        tone: 'bad',
        title: `Refused: ${check.code}`,
        text: `${plainText(check.message)}. Do not rely on anything below.`,
      };
    case 'unchecked':
      return {
        kind: 'notice',
        tone: 'caution',
        title: 'Not verified',
        text: 'No trust files were at hand when this page was made. Everything below is what the file says of itself.',
      };
  }
}

function inPlainWords({ request, times, deleted, model, erasure }: UnlearningCertificate): Block[] {
  const asked = ASKED[request.kind];
  const records = counted(deleted.count, 'record');
  const learned =
    model === null
      ? 'No model had been published yet, so none had learned from them.'
      : `The parts of the model that had learned from them were made again without them, and the new version has served since ${timeInWords(model.serving.servesFrom)}.`;
  const keys = counted(erasure.keysDestroyed.count, 'key');
  return [
    { kind: 'heading', text: 'In plain words' },
    {
      kind: 'text',
      text: `On ${timeInWords(times.received)} ${asked}. ${records} ${deleted.count === 1 ? 'was' : 'were'} taken out of use and deleted. ${learned} On ${timeInWords(erasure.keysDestroyed.destroyedAt)} the ${keys} under which the data had been kept ${erasure.keysDestroyed.count === 1 ? 'was' : 'were'} destroyed.`,
    },
    {
      kind: 'text',
      text: 'The certificate names nobody: the request has a random pseudonym, and records appear as a count and as commitments.',
    },
  ];
}

function limits({ notProven }: UnlearningCertificate): Block[] {
  return [
    { kind: 'heading', text: 'What this certificate cannot show' },
    {
      kind: 'list',
      tone: 'caution',
      items: notProven.map(({ code, meaning }) => ({ term: code, text: meaning })),
    },
  ];
}

function theRequest({ request, times }: UnlearningCertificate): Block[] {
  const inTime = times.completed <= times.due ? 'in time' : 'late';
  return [
    { kind: 'heading', text: 'The request' },
    {
      kind: 'facts',
      rows: [
        ['Pseudonym', request.id],
        ['Kind', request.kind],
        ['Legal ground', GROUNDS[request.legalGround]],
        ['Received', timeInWords(times.received)],
        ['Accepted', timeInWords(times.accepted)],
        ['Due', timeInWords(times.due)],
        ['Completed', `${timeInWords(times.completed)} (${inTime})`],
      ],
    },
  ];
}

function destruction({ deleted, erasure, backups, recipientsNotified }: UnlearningCertificate): Block[] {
  const { keysDestroyed, streamsTombstoned, carriedForward } = erasure;
  const expiry =
    backups.expiry === 'none-kept' ? 'none are kept' : `the last expires on ${timeInWords(backups.expiry)}`;
  return [
    { kind: 'heading', text: 'What was deleted' },
    {
      kind: 'facts',
      rows: [
        ['Records deleted', String(deleted.count)],
        ['Commitment to them', { digest: deleted.mapRoot }],
        ['Keys destroyed', `${keysDestroyed.count}, on ${timeInWords(keysDestroyed.destroyedAt)}`],
        ['Commitment to the keys', { digest: keysDestroyed.commitment }],
        ['Streams closed for ever', String(streamsTombstoned.count)],
        ['Commitment to the streams', { digest: streamsTombstoned.commitment }],
        ['Records kept under a new key', String(carriedForward)],
        ['Backups', expiry],
        ['Recipients told', recipientsNotified.join(', ') || 'none'],
      ],
    },
  ];
}

function theProofs({ proofs, tombstones }: UnlearningCertificate): Block[] {
  const { before, after } = tombstones;
  return [
    { kind: 'heading', text: 'Proofs' },
    {
      kind: 'text',
      text: `Which records left which dataset, and that nothing else changed, stands in the file ${proofs.file} beside the certificate; lacuna-verify deletion checks it.`,
    },
    {
      kind: 'facts',
      rows: [
        ['File of proofs, SHA-256', { digest: proofs.digest }],
        ['Its length', `${proofs.bytes} bytes`],
        ['Labels ever deleted', `${before.count} before, ${after.count} after`],
        ['Map of them before', { digest: before.root }],
        ['Map of them after', { digest: after.root }],
      ],
    },
  ];
}

function withoutModel(): Block[] {
  return [
    { kind: 'heading', text: 'The model' },
    { kind: 'text', text: 'No model had been published when the request was carried out.' },
  ];
}

function ofModel(model: CertifiedModel): Block[] {
  const { manifest, partition, serving, affectedShards, unaffectedShards } = model;
  const revoked = serving.revoked.map(({ version }) => version).join(', ') || 'none';
  return [
    { kind: 'heading', text: 'The model' },
    {
      kind: 'facts',
      rows: [
        ['Line', model.line],
        ['Version', `${manifest.before.version} before, ${manifest.after.version} after`],
        ['Serves since', timeInWords(serving.servesFrom)],
        ['Versions revoked', revoked],
        ['Shards', `${partition.shards}, assigned ${partition.kind}`],
        ['Genesis', { digest: model.genesisDigest }],
        ['Catalogue', { digest: model.catalogueRoot }],
      ],
    },
    shardsRebuilt(affectedShards),
    {
      kind: 'table',
      caption: 'Shards that held none of the records and stay byte for byte what they were',
      columns: ['Shard', 'Records', 'Dataset', 'Model file'],
      rows: unaffectedShards.map(({ shard, count, datasetRoot, digest }) => [
        String(shard),
        String(count),
        short(datasetRoot),
        short(digest),
      ]),
    },
  ];
}

function shardsRebuilt(shards: CertifiedModel['affectedShards']): Block {
  return {
    kind: 'table',
    caption: 'Shards that held the records and were made again without them',
    columns: ['Shard', 'State', 'Records', 'Dataset', 'Model file'],
    rows: shards.flatMap(({ shard, before, after }) => [
      [String(shard), 'before', String(before.count), short(before.datasetRoot), short(before.digest)],
      [String(shard), 'after', String(after.count), short(after.datasetRoot), short(after.digest)],
    ]),
  };
}

function steps(check: Check): Block[] {
  const held = stepsOf(check);
  const missing = Object.entries(CLAIM_STEPS.certificate).slice(held.length);
  return [
    { kind: 'heading', text: 'What was checked' },
    ...(held.length > 0 ? [listOf('good', held)] : []),
    ...(missing.length > 0
      ? [
          listOf(
            'bad',
            missing.map(([step, meaning]) => ({ step, meaning: `not verified: ${meaning}` })),
          ),
        ]
      : []),
  ];
}

function stepsOf(check: Check): readonly VerifiedStep[] {
  switch (check.state) {
    case 'verified':
      return check.report.steps;
    case 'refused':
      return check.steps;
    case 'unchecked':
      return [];
  }
}

function listOf(tone: 'good' | 'bad', items: readonly VerifiedStep[]): Block {
  return { kind: 'list', tone, items: items.map(({ step, meaning }) => ({ term: step, text: meaning })) };
}

function ownCheck(requestId: string, logIndex: number): Block[] {
  const file = `${requestId}.sigstore.json`;
  return [
    { kind: 'heading', text: 'How to check it yourself' },
    {
      kind: 'text',
      text: `This page proves nothing; the file ${file} does. Get the trust files by a way of your own, not from whoever sent the certificate. Then, offline:`,
    },
    { kind: 'commands', lines: [`lacuna-verify certificate ${file} --trust trust`] },
    {
      kind: 'text',
      text: `The file is a Sigstore bundle, so other verifiers read it, too. It should be entry ${logIndex} of the log; reading the whole log, and training the model again from the remaining records, take more than this file:`,
    },
    {
      kind: 'commands',
      lines: [
        'lacuna-verify log --trust trust --folder ledger',
        `lacuna-verify replay --certificate ${file} --events events.db --trust trust`,
      ],
    },
  ];
}

function digestsInFull({
  aggregator,
  manifest,
  serving,
  affectedShards,
  unaffectedShards,
}: CertifiedModel): Block[] {
  const rows: (readonly [string, Value])[] = [
    ['Manifest before', { digest: manifest.before.digest }],
    ['Manifest after', { digest: manifest.after.digest }],
    ['Aggregator before', { digest: aggregator.before }],
    ['Aggregator after', { digest: aggregator.after }],
    ...serving.revoked.map(
      ({ version, manifestDigest }) => [`Revoked version ${version}`, { digest: manifestDigest }] as const,
    ),
    ...affectedShards.flatMap(({ shard, before, after }) => [
      ...digestsOf(`Shard ${shard} before`, before),
      ...digestsOf(`Shard ${shard} after`, after),
    ]),
    ...unaffectedShards.flatMap(({ shard, ...state }) => digestsOf(`Shard ${shard}`, state)),
  ];
  return [
    { kind: 'heading', text: 'Digests in full' },
    { kind: 'facts', rows },
  ];
}

function digestsOf(
  name: string,
  { datasetRoot, digest }: { datasetRoot: string; digest: string },
): (readonly [string, Value])[] {
  return [
    [`${name}, dataset`, { digest: datasetRoot }],
    [`${name}, model file`, { digest }],
  ];
}

function short(digest: string): Value {
  return { digest, short: true };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
