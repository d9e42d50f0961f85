import { concatBytes, fromHex, toBase64, u64be, utf8 } from '#libs/essentials';
import {
  cosign,
  cosignerKey,
  formatVkey,
  LogTree,
  noteKey,
  parseNote,
  signCheckpoint,
  signerFromSeed,
  type Signer,
} from '#libs/merkle';
import { encodeAddCheckpoint } from '#libs/witnessing';
import { honestCertificate, logKey, logSigner } from '../../libs/testkit/honest-certificate.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorSet } from './vector.js';

const TIME = 1_767_323_200; // 2026-01-02T03:06:40Z, after the certificate
const DAY = 86_400;
const LOW_ORDER = fromHex('00'.repeat(32)); // Cremers, Jackson, "Prime, Order Please!" (CSF 2019), table 2

const witnesses = [11, 12, 13].map((byte) => signerFromSeed(new Uint8Array(32).fill(byte)));
const nameOf = (at: number) => `w${at + 1}.example.org`;
const vkeyOf = (at: number, name = nameOf(at)) => formatVkey(cosignerKey(name, witnesses[at].publicKey));
const logVkey = formatVkey(logKey);
const lines = witnesses.map((_, at) => `witness w${at + 1} ${vkeyOf(at)}\n`);
const policy = `log ${logVkey}\n${lines.join('')}group two 2 w1 w2 w3\nquorum two\n`;

const honest = honestCertificate();
const { checkpoint } = honest.receipt;
const { text } = parseNote(utf8(checkpoint));
const by = (at: number, time = TIME, of = text) => cosign(of, time, nameOf(at), witnesses[at]);
const lineOf = (at: number, signature: Uint8Array) =>
  `\u2014 ${nameOf(at)} ${toBase64(concatBytes(cosignerKey(nameOf(at), witnesses[at].publicKey).id, signature))}\n`;

/** The honest certificate over a checkpoint with these signature lines after that of the log. */
const bundleWith = (...cosignatures: string[]) =>
  honest.bundle.replace(
    JSON.stringify(checkpoint).slice(1, -1),
    JSON.stringify(checkpoint + cosignatures.join('')).slice(1, -1),
  );

const certificate = (bundle: string, trusted = policy) => ({
  bundle: fileOf(bundle),
  trust: { ...HONEST_TRUST, policy: trusted },
  now: TIME + 60,
});

const onCertificate = (name: string, expect: string, bundle: string, attack: string): AttackVector => ({
  name: `witnesses-${name}`,
  attack,
  claim: 'certificate',
  expect,
  twin: 'witnesses',
  input: certificate(bundle),
});

const onTrust = (name: string, expect: string, trusted: string, attack: string): AttackVector => ({
  name: `policy-${name}`,
  attack,
  claim: 'trust',
  expect,
  twin: 'witnesses',
  input: certificate(bundleWith(by(0), by(1)), trusted),
});

const SHORT = 'WITNESS_QUORUM_NOT_REACHED';
const INVALID = 'WITNESS_COSIGNATURE_INVALID';
const message = utf8(`cosignature/v1\ntime ${TIME}\n${text}`);
const lowOrderVkey = formatVkey({ ...cosignerKey('w2.example.org', LOW_ORDER), publicKey: LOW_ORDER });
const asWitness = formatVkey(cosignerKey('w1.example.org', logSigner.publicKey));
const elsewhere = formatVkey(noteKey('other.example.org', logSigner.publicKey));

// prettier-ignore
const certificates: readonly AttackVector[] = [
  onCertificate('quorum-short', SHORT, bundleWith(by(0)), 'One of three witnesses cosigned, and the policy asks for two.'),
  onCertificate('none', SHORT, bundleWith(), 'The cosignatures were taken off the checkpoint.'),
  onCertificate('one-signs-twice', SHORT, bundleWith(by(0), by(0, TIME + 1)), 'One witness cosigned at two moments, to count as two.'),
  onCertificate('one-is-a-stranger', SHORT, bundleWith(by(0), cosign(text, TIME, 'w9.example.org', witnesses[1])), 'The second cosignature names a witness that the policy does not know.'),
  onCertificate('log-as-witness', SHORT, bundleWith(by(0), cosign(text, TIME, logKey.name, logSigner)), 'The log cosigned its own checkpoint.'),
  onCertificate('of-another-checkpoint', INVALID, bundleWith(by(0), by(1, TIME, text.replace('\n7\n', '\n8\n'))), 'The second cosignature was made for another checkpoint.'),
  onCertificate('other-time', INVALID, bundleWith(by(0), lineOf(1, concatBytes(u64be(TIME - DAY), witnesses[1].sign(message)))), 'The time of a cosignature was moved by a day.'),
  onCertificate('signed-by-another', INVALID, bundleWith(by(0), lineOf(1, concatBytes(u64be(TIME), witnesses[0].sign(message)))), 'One witness signed in the name of another.'),
  onCertificate('plain-signature', INVALID, bundleWith(by(0), lineOf(1, witnesses[1].sign(utf8(text)))), 'A plain note signature stands where a cosignature should.'),
  onCertificate('no-time', INVALID, bundleWith(by(0), lineOf(1, concatBytes(u64be(0), witnesses[1].sign(message)))), 'A cosignature has no time.'),
  onCertificate('from-the-future', 'WITNESS_TIME_IN_FUTURE', bundleWith(by(0), by(1, TIME + DAY)), 'A witness cosigned a day after the verification.'),
];

// prettier-ignore
const trust: readonly AttackVector[] = [
  onTrust('one-witness-two-names', 'TRUST_POLICY_WITNESS_TWICE', policy.replace(vkeyOf(1), vkeyOf(0, 'w2.example.org')), 'The policy lists one witness under two names, so that it alone makes two.'),
  onTrust('log-as-witness', 'TRUST_POLICY_LOG_IS_WITNESS', policy.replace(vkeyOf(0), asWitness), 'The policy lists the log as its own witness.'),
  onTrust('without-logs-log-as-witness', 'TRUST_POLICY_LOG_IS_WITNESS', policy.replace(vkeyOf(0), asWitness).replace(`log ${logVkey}\n`, ''), 'The policy lists the log as a witness, and no log.'),
  onTrust('low-order-witness', 'TRUST_KEY_LOW_ORDER', policy.replace(vkeyOf(1), lowOrderVkey), 'The key of a witness is a point of low order, under which anybody can sign.'),
  onTrust('key-id-mismatch', 'TRUST_KEY_ID_MISMATCH', policy.replace(vkeyOf(1), vkeyOf(1).replace('w2', 'w5')), 'The key id of a witness belongs to another name.'),
  onTrust('of-another-log', 'TRUST_POLICY_OF_ANOTHER_LOG', policy.replace(logVkey, elsewhere), 'The policy is for another log of the same key.'),
  onTrust('cut-short', 'TRUST_POLICY_CUT_SHORT', policy.slice(0, -1), 'The policy file is cut short.'),
];

const tree = new LogTree();
const fork = new LogTree();
for (let i = 0; i < 20; i++) {
  tree.append(utf8(`entry ${i}`));
  fork.append(utf8(i === 2 ? 'another entry' : `entry ${i}`));
}

interface Request {
  readonly from: number;
  readonly to: number;
  readonly of?: LogTree;
  readonly proof?: readonly Uint8Array[];
  readonly root?: Uint8Array;
  readonly signer?: Signer;
  readonly origin?: string;
}

/** What a log sends to a witness; honest unless something is said otherwise. */
function request({
  from,
  to,
  of = tree,
  proof,
  root = of.root(to),
  signer = logSigner,
  origin = logKey.name,
}: Request): string {
  const proven = proof ?? (from === 0 || from > to ? [] : of.consistencyProof(from, to));
  const note = signCheckpoint({ origin, size: to, root }, signer);
  return fileOf(encodeAddCheckpoint({ oldSize: from, proof: proven, note }));
}

const seen = [request({ from: 0, to: 9 })];
const witness = (asked: Request, before = seen) => ({
  trust: { 'log.vkey': `${logVkey}\n` },
  before,
  request: request(asked),
});

const onWitness = (
  name: string,
  expect: string,
  asked: Request,
  attack: string,
  before = seen,
): AttackVector => ({
  name: `witness-${name}`,
  attack,
  claim: 'witness',
  expect,
  twin: 'witness',
  input: witness(asked, before),
});

const proof = tree.consistencyProof(9, 12);
const retired = signerFromSeed(new Uint8Array(32).fill(14));

// prettier-ignore
const requests: readonly AttackVector[] = [
  onWitness('fork-same-size', 'SAME_SIZE_OTHER_ROOT', { from: 9, to: 9, of: fork }, 'The log has another root at the size that the witness saw.'),
  onWitness('fork-larger-size', 'NOT_CONSISTENT', { from: 9, to: 12, of: fork }, 'The log has grown from another history than the witness saw.'),
  onWitness('larger-without-proof', 'NOT_CONSISTENT', { from: 9, to: 12, proof: [] }, 'A larger tree comes without a consistency proof.'),
  onWitness('proof-cut-short', 'NOT_CONSISTENT', { from: 9, to: 12, proof: proof.slice(0, -1) }, 'The consistency proof lacks its last hash.'),
  onWitness('proof-extended', 'NOT_CONSISTENT', { from: 9, to: 12, proof: [...proof, proof[0]] }, 'The consistency proof has a hash too many.'),
  onWitness('roll-back', 'OLD_SIZE_NOT_THE_ONE_HELD', { from: 5, to: 7 }, 'The log shows a tree from before the one that the witness saw.'),
  onWitness('begin-again', 'OLD_SIZE_NOT_THE_ONE_HELD', { from: 0, to: 12, of: fork }, 'The log claims that the witness has seen nothing yet.'),
  onWitness('old-beyond-new', 'OLD_SIZE_BEYOND_CHECKPOINT', { from: 9, to: 7 }, 'The old size is larger than the checkpoint.'),
  onWitness('empty-with-root', 'EMPTY_TREE_ROOT_MISMATCH', { from: 0, to: 0, root: tree.root(1) }, 'An empty tree has the root of a full one.', []),
  onWitness('proof-from-nothing', 'PROOF_FROM_NOTHING_NOT_EMPTY', { from: 0, to: 9, proof }, 'A proof comes from the empty tree, which needs none.', []),
  onWitness('retired-key', 'CHECKPOINT_NOT_SIGNED_BY_LOG', { from: 9, to: 12, signer: retired }, 'The checkpoint is signed by a key that the witness does not trust any more.'),
  onWitness('unknown-log', 'LOG_UNKNOWN', { from: 0, to: 12, origin: 'other.example.org' }, 'The log is one that the witness was not told of.'),
];

export default {
  honest: [
    { name: 'witnesses', claim: 'certificate', input: certificate(bundleWith(by(0), by(1))) },
    { name: 'witness', claim: 'witness', input: witness({ from: 9, to: 12 }) },
  ],
  attacks: [...certificates, ...trust, ...requests],
} satisfies VectorSet;
