import { onlySigner, trustFiles, type TrustFiles } from '#libs/certificate';
import { concatBytes, fromHex, sha256, toBase64, utf8 } from '#libs/essentials';
import { noteKey, parseNote, signCheckpoint, signerFromSeed, type Signer } from '#libs/merkle';
import {
  certificateSigner,
  honestCertificate,
  logKey,
  logSigner,
} from '../../libs/testkit/honest-certificate.js';
import { logEntryOf, tamperedBundle, type BundleJson } from '../../libs/testkit/tampering.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorInput, type VectorSet } from './vector.js';

const TIME = 1_767_323_100; // 2026-01-02T03:05:00Z
const honest = honestCertificate();
const keyPair = (seed: number): Signer => signerFromSeed(new Uint8Array(32).fill(seed));
const [stranger, next] = [23, 24].map(keyPair);

const envelope = (JSON.parse(honest.bundle) as BundleJson).verificationMaterial.tlogEntries[0].inclusionProof
  .checkpoint.envelope;
const { text } = parseNote(utf8(envelope));
const withCheckpoint = (note: string): string =>
  tamperedBundle(honest.bundle, (bundle) => {
    logEntryOf(bundle).inclusionProof.checkpoint.envelope = note;
  });

const certificate = (file: string, trust: VectorInput['trust']): VectorInput => ({
  bundle: fileOf(file),
  trust,
  now: TIME,
});

// A log whose key was rotated: announced by the third entry, the old key retires at five entries. The certificate's tree has seven.
const ROTATED = trustFiles(
  [
    { key: logKey, from: 0, until: 5, validFrom: '2026-01-01T00:00:00Z', validUntil: '2026-01-02T00:00:00Z' },
    { key: noteKey(logKey.name, next.publicKey), from: 3, until: null, validFrom: '2026-01-01T12:00:00Z' },
  ],
  onlySigner(certificateSigner.publicKey),
);
const NOT_YET = trustFiles(
  [
    { key: logKey, from: 0, until: 20, validFrom: '2026-01-01T00:00:00Z' },
    { key: noteKey(logKey.name, next.publicKey), from: 10, until: null, validFrom: '2026-01-01T12:00:00Z' },
  ],
  onlySigner(certificateSigner.publicKey),
);
// Signers of entries, likewise: the certificate is the fourth entry, index 3.
const [firstSigner, nextSigner] = [certificateSigner, keyPair(25)];
const trustInSigners = (retires: number, begins: number): TrustFiles =>
  trustFiles(
    [{ key: logKey, from: 0, until: null, validFrom: '2026-01-01T00:00:00Z' }],
    [
      { publicKey: firstSigner.publicKey, from: 0, until: retires },
      { publicKey: nextSigner.publicKey, from: begins, until: null },
    ],
  );
const SIGNER_ROTATED = trustInSigners(3, 2);
const SIGNER_NOT_YET = trustInSigners(20, 10);

const [, size, root] = text.split('\n');
const signedBy = (signer: Signer): string =>
  signCheckpoint({ origin: logKey.name, size: Number(size), root: rootOf(root) }, signer);

function rootOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

const rotation = (
  name: string,
  expect: string,
  attack: string,
  twin: string,
  input: VectorInput,
): AttackVector => ({ name: `rotation-${name}`, attack, claim: 'certificate', expect, twin, input });

/** A checkpoint that one of the log's keys, or a stranger's, has signed. */
const headedBy = (signer: Signer, trust: TrustFiles) =>
  ['certificate-after-rotation', certificate(withCheckpoint(signedBy(signer)), trust)] as const;

/** A certificate that one of the signer's keys, or a stranger's, has signed. */
const stated = (signer: Signer, trust: TrustFiles) =>
  [
    'certificate-after-rotation-of-its-signer',
    certificate(honestCertificate({ signer }).bundle, trust),
  ] as const;

const files = (
  name: string,
  expect: string,
  attack: string,
  changes: Readonly<Record<string, string>>,
): AttackVector => ({
  name: `trust-${name}`,
  attack,
  claim: 'trust',
  expect,
  twin: 'trust',
  input: { trust: { ...HONEST_TRUST, ...changes } },
});

/** A vkey with a consistent id over any 32 bytes; `formatVkey` would refuse these. */
function forgedVkey(name: string, publicKey: Uint8Array, type = 1): string {
  const key = concatBytes(Uint8Array.of(type), publicKey);
  const id = sha256(concatBytes(utf8(`${name}\n`), key)).subarray(0, 4);
  return `${name}+${Buffer.from(id).toString('hex')}+${toBase64(key)}`;
}

const LOW_ORDER = fromHex('0100000000000000000000000000000000000000000000000000000000000000'); // the neutral element
const NOT_CANONICAL = fromHex('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'); // y = p + 1
const honestVkey = HONEST_TRUST['log.vkey'].trim();
const otherKey = trustFiles(
  [
    {
      key: noteKey(logKey.name, stranger.publicKey),
      from: 0,
      until: null,
      validFrom: '2026-01-01T00:00:00Z',
    },
  ],
  onlySigner(certificateSigner.publicKey),
);
const pemOf = (publicKey: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${toBase64(concatBytes(fromHex('302a300506032b6570032100'), publicKey))}\n-----END PUBLIC KEY-----\n`;

const SIGNER_TWICE = trustFiles(
  [{ key: logKey, from: 0, until: null, validFrom: '2026-01-01T00:00:00Z' }],
  [
    { publicKey: firstSigner.publicKey, from: 0, until: 3 },
    { publicKey: firstSigner.publicKey, from: 3, until: null },
  ],
)['certificate-signers.json'];

// prettier-ignore
const attacks: readonly AttackVector[] = [
  rotation('retired-key', 'LOG_KEY_RETIRED', 'The retired key alone signs a checkpoint of after its end.', ...headedBy(logSigner, ROTATED)),
  rotation('key-before-its-time', 'LOG_KEY_NOT_ANNOUNCED', 'The new key signs a checkpoint of before it was announced.', ...headedBy(next, NOT_YET)),
  rotation('key-nobody-announced', 'CHECKPOINT_NOT_SIGNED_BY_LOG', 'A key that was never announced signs.', ...headedBy(stranger, ROTATED)),
  rotation('retired-signer', 'SIGNER_KEY_RETIRED', 'The retired key signs an entry of after its end.', ...stated(firstSigner, SIGNER_ROTATED)),
  rotation('signer-before-its-time', 'SIGNER_KEY_NOT_ANNOUNCED', 'The new key signs an entry of before it was announced.', ...stated(nextSigner, SIGNER_NOT_YET)),
  rotation('signer-nobody-announced', 'SIGNER_KEY_UNKNOWN', 'A key that was never announced signs.', ...stated(stranger, SIGNER_ROTATED)),
  files('log-key-of-low-order', 'TRUST_KEY_LOW_ORDER', 'The log’s key is a point under which one signature fits many messages.', { 'log.vkey': `${forgedVkey(logKey.name, LOW_ORDER)}\n` }),
  files('log-key-not-canonical', 'TRUST_KEY_NOT_CANONICAL', 'The log’s key is a second spelling of another one.', { 'log.vkey': `${forgedVkey(logKey.name, NOT_CANONICAL)}\n` }),
  files('log-key-id-mismatch', 'TRUST_KEY_ID_MISMATCH', 'The id in the log’s vkey is of another key.', { 'log.vkey': `${honestVkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')}\n` }),
  files('signer-of-low-order', 'TRUST_KEY_LOW_ORDER', 'The signer’s key is a point of low order.', { 'certificate-signer.pem': pemOf(LOW_ORDER) }),
  files('two-log-keys', 'TRUST_LOG_KEYS_DISAGREE', 'The trusted root holds another key than the vkey.', { 'trusted-root.json': otherKey['trusted-root.json'] }),
  files('two-log-names', 'TRUST_LOG_ORIGIN_MISMATCH', 'The trusted root names the log otherwise than the vkey.', { 'trusted-root.json': HONEST_TRUST['trusted-root.json'].replace('https://ledger.example.org', 'https://lodger.example.org') }),
  files('other-log-id', 'TRUST_LOG_ID_MISMATCH', 'The trusted root names the log by another id.', { 'trusted-root.json': HONEST_TRUST['trusted-root.json'].replace(/"keyId": "."?/, (found) => `${found.slice(0, -1)}${found.endsWith('A') ? 'B' : 'A'}`) }),
  files('periods-of-another-key', 'TRUST_LOG_KEYS_DISAGREE', 'The file of periods is of another key.', { 'log-keys.json': otherKey['log-keys.json'] }),
  files('periods-of-another-signer', 'TRUST_SIGNER_KEYS_DISAGREE', 'The file of the signer’s periods is of another key.', { 'certificate-signers.json': SIGNER_ROTATED['certificate-signers.json'] }),
  files('signer-twice', 'TRUST_FILE_MALFORMED', 'The retired signer is listed again as the one that follows.', { 'certificate-signer.pem': HONEST_TRUST['certificate-signer.pem'].repeat(2), 'certificate-signers.json': SIGNER_TWICE }),
  files('key-file-empty', 'TRUST_FILE_MALFORMED', 'The file of the log’s key is empty.', { 'log.vkey': '' }),
  files('root-key-twice', 'TRUST_FILE_MALFORMED', 'A key stands twice in the trusted root.', { 'trusted-root.json': HONEST_TRUST['trusted-root.json'].replace('{', '{"mediaType":"x",') }),
];

export default {
  honest: [
    { name: 'trust', claim: 'trust', input: { trust: HONEST_TRUST } },
    {
      name: 'certificate-after-rotation',
      claim: 'certificate',
      input: certificate(withCheckpoint(signedBy(next)), ROTATED),
    },
    {
      name: 'certificate-after-rotation-of-its-signer',
      claim: 'certificate',
      input: certificate(honestCertificate({ signer: nextSigner }).bundle, SIGNER_ROTATED),
    },
  ],
  attacks,
} satisfies VectorSet;
