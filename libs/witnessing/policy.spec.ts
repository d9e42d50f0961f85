import { describe, expect, it } from '@jest/globals';
import { concatBytes, utf8 } from '#libs/essentials';
import {
  cosign,
  cosignerKey,
  formatVkey,
  noteKey,
  parseNote,
  signCheckpoint,
  signerFromSeed,
} from '#libs/merkle';
import { checkPolicy, isQuorum, parsePolicy, quorumInWords } from './index.js';

const ORIGIN = 'ledger.example.org';
const signer = (byte: number) => signerFromSeed(new Uint8Array(32).fill(byte));
const log = signer(1);
const logVkey = formatVkey(noteKey(ORIGIN, log.publicKey));
const vkey = (byte: number, name = `w${byte}.example.org`) =>
  formatVkey(cosignerKey(name, signer(byte).publicKey));
const witness = (byte: number, name = `W${byte}`) => `witness ${name} ${vkey(byte)}\n`;
const parse = (text: string) => parsePolicy(utf8(text));
const refusal = (code: string, line?: number) =>
  expect.objectContaining({
    name: 'WitnessingError',
    code,
    facts: line === undefined ? expect.anything() : expect.objectContaining({ line }),
  });

const signed = signCheckpoint({ origin: ORIGIN, size: 3, root: new Uint8Array(32) }, log);
const { text } = parseNote(utf8(signed));
const cosignedBy = (...bytes: number[]) =>
  parseNote(
    utf8(
      signed +
        bytes
          .map((byte) => cosign(text, 1_700_000_000 + byte, `w${byte}.example.org`, signer(byte)))
          .join(''),
    ),
  );

/** The example of the specification, keys filled in. */
const TWO_LEVELS = `log ${logVkey}

${witness(11, 'X1')}${witness(12, 'X2')}${witness(13, 'X3')}group X-witnesses 2 X1 X2 X3

${witness(21, 'Y1')}${witness(22, 'Y2')}${witness(23, 'Y3')}group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe('a policy', () => {
  it('is read with its logs, witnesses, groups and quorum', () => {
    const policy = parse(TWO_LEVELS);
    expect(policy.logs.map(({ key }) => formatVkey(key))).toEqual([logVkey]);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3']);
    expect(quorumInWords(policy.quorum)).toBe('all of (2 of (X1, X2, X3), any of (Y1, Y2, Y3))');
  });

  it('may have URLs, comments, tabs, spaces around and names beyond ASCII', () => {
    const policy = parse(
      `# whom we trust\n\t log ${logVkey}  https://ledger.example.org/ \n  # and\nwitness \u00fc ${vkey(2)}\thttps://w.example.org/\nquorum \u00fc\n`,
    );
    expect(policy.logs[0].url).toBe('https://ledger.example.org/');
    expect(policy.witnesses[0]).toMatchObject({ name: '\u00fc', url: 'https://w.example.org/' });
  });

  it('takes names as octets, which need not be UTF-8', () => {
    const octets = (...parts: (string | number)[]) =>
      concatBytes(...parts.map((part) => (typeof part === 'string' ? utf8(part) : Uint8Array.of(part))));
    const file = octets('witness ', 0xe4, ` ${vkey(2)}\nquorum `, 0xe4, '\n');
    expect(parsePolicy(file).quorum).toMatchObject({ kind: 'witness' });
    const otherName = octets('witness ', 0xe4, ` ${vkey(2)}\nquorum `, 0xe5, '\n');
    expect(() => parsePolicy(otherName)).toThrow(refusal('POLICY_NAME_UNKNOWN', 2));
  });

  it('may ask for no witness at all', () => {
    const policy = parse('quorum none\n');
    expect(policy).toEqual({ logs: [], witnesses: [], quorum: { kind: 'none' } });
    expect(checkPolicy(policy, cosignedBy())).toEqual({ satisfied: true, cosigned: [] });
  });

  it('may be as large as the specification recommends at least', () => {
    const many = Array.from({ length: 32 }, (_, at) => at + 30);
    const lines = many.map((byte) => `${witness(byte)}group G${byte} any W${byte}\n`).join('');
    const logs = many
      .map((byte) => `log ${formatVkey(noteKey(`l${byte}`, signer(byte + 100).publicKey))}\n`)
      .join('');
    expect(parse(`${logs}${lines}quorum G61\n`).witnesses).toHaveLength(32);
  });

  const lowOrder = formatVkey({ ...cosignerKey('w', new Uint8Array(32)), publicKey: new Uint8Array(32) });
  it.each<[string, string, string, number | undefined]>([
    ['no quorum', witness(2), 'POLICY_QUORUM_MISSING', undefined],
    ['two quorums', 'quorum none\nquorum none\n', 'POLICY_QUORUM_REPEATED', 2],
    ['an unknown quorum', 'quorum W2\n', 'POLICY_NAME_UNKNOWN', 1],
    ['a quorum that is defined below', `quorum W2\n${witness(2)}`, 'POLICY_NAME_UNKNOWN', 1],
    ['an unknown keyword', 'quorum none\nwitnesses W2\n', 'POLICY_KEYWORD_UNKNOWN', 2],
    ['a last line that is cut short', 'quorum none', 'POLICY_NOT_TERMINATED', undefined],
    ['carriage returns', 'quorum none\r\n', 'POLICY_OCTET_FORBIDDEN', 1],
    ['a null character in a comment', '# \u0000\nquorum none\n', 'POLICY_OCTET_FORBIDDEN', 1],
    ['a log without a key', 'log\nquorum none\n', 'POLICY_LINE_MALFORMED', 1],
    ['a witness without a name', `witness ${vkey(2)}\nquorum none\n`, 'POLICY_LINE_MALFORMED', 1],
    ['words after a URL', `log ${logVkey} u v\nquorum none\n`, 'POLICY_LINE_MALFORMED', 1],
    ['a group of nobody', 'group G any\nquorum G\n', 'POLICY_LINE_MALFORMED', 1],
    ['the same log twice', `log ${logVkey}\nlog ${logVkey}\nquorum none\n`, 'POLICY_LOG_DUPLICATE', 2],
    [
      'one witness under two names',
      `${witness(2)}witness other ${vkey(2, 'other.example.org')}\nquorum none\n`,
      'POLICY_WITNESS_DUPLICATE',
      2,
    ],
    [
      'the log as its own witness',
      `log ${logVkey}\nwitness W1 ${vkey(1)}\nquorum W1\n`,
      'POLICY_LOG_IS_WITNESS',
      2,
    ],
    [
      'a witness that is the log below',
      `${witness(1)}log ${logVkey}\nquorum W1\n`,
      'POLICY_LOG_IS_WITNESS',
      2,
    ],
    ['a log key for a witness', `witness W1 ${logVkey}\nquorum W1\n`, 'POLICY_KEY_UNUSABLE', 1],
    ['a witness key for a log', `log ${vkey(2)}\nquorum none\n`, 'POLICY_KEY_UNUSABLE', 1],
    ['a key of low order', `witness W ${lowOrder}\nquorum W\n`, 'POLICY_KEY_UNUSABLE', 1],
    [
      'a key id of another name',
      `witness W ${vkey(2).replace('w2', 'w3')}\nquorum W\n`,
      'POLICY_KEY_UNUSABLE',
      1,
    ],
    ['a name for two things', `${witness(2)}${witness(3, 'W2')}quorum W2\n`, 'POLICY_NAME_TAKEN', 2],
    ['a group named as a witness', `${witness(2)}group W2 any W2\nquorum W2\n`, 'POLICY_NAME_TAKEN', 2],
    ['a witness named none', `witness none ${vkey(2)}\nquorum none\n`, 'POLICY_NAME_RESERVED', 1],
    ['none in a group', `${witness(2)}group G any W2 none\nquorum G\n`, 'POLICY_NAME_RESERVED', 2],
    ['a member nobody defined', `${witness(2)}group G any W2 W3\nquorum G\n`, 'POLICY_NAME_UNKNOWN', 2],
    ['a group within itself', `${witness(2)}group G any W2 G\nquorum G\n`, 'POLICY_NAME_UNKNOWN', 2],
    ['a member twice', `${witness(2)}group G 2 W2 W2\nquorum G\n`, 'POLICY_MEMBER_REPEATED', 2],
    [
      'a member of two groups',
      `${witness(2)}${witness(3)}group G any W2\ngroup H all G W3 W2\nquorum H\n`,
      'POLICY_MEMBER_REPEATED',
      4,
    ],
    ['a threshold of none', `${witness(2)}group G 0 W2\nquorum G\n`, 'POLICY_THRESHOLD_OUT_OF_RANGE', 2],
    ['a threshold beyond all', `${witness(2)}group G 2 W2\nquorum G\n`, 'POLICY_THRESHOLD_OUT_OF_RANGE', 2],
    [
      'a threshold that is no number',
      `${witness(2)}group G most W2\nquorum G\n`,
      'POLICY_THRESHOLD_OUT_OF_RANGE',
      2,
    ],
    ['more than 128 KiB', `#${'x'.repeat(131_072)}\nquorum none\n`, 'POLICY_TOO_LARGE', undefined],
    [
      'more groups than anybody needs',
      `${witness(2)}group G0 any W2\n${Array.from({ length: 256 }, (_, at) => `group G${at + 1} any G${at}\n`).join('')}quorum G1\n`,
      'POLICY_TOO_COMPLEX',
      258,
    ],
  ])('with %s is refused', (_, file, code, line) => {
    expect(() => parse(file)).toThrow(refusal(code, line));
  });
});

describe('a checkpoint', () => {
  const policy = parse(TWO_LEVELS);

  it.each([
    [[11, 12, 21], true],
    [[11, 13, 22, 23], true],
    [[11, 21, 22, 23], false],
    [[11, 12, 13], false],
    [[], false],
  ])('that %j cosigned has a quorum of the example: %p', (bytes, satisfied) => {
    expect(checkPolicy(policy, cosignedBy(...bytes)).satisfied).toBe(satisfied);
    const byName = policy.witnesses.filter((_, at) => bytes.includes([11, 12, 13, 21, 22, 23][at]));
    expect(isQuorum(policy, byName)).toBe(satisfied);
  });

  it('says who saw it and when, and nothing of witnesses that the policy does not know', () => {
    const { cosigned } = checkPolicy(policy, cosignedBy(22, 99, 11));
    expect(cosigned.map(({ witness: { name }, time }) => [name, time])).toEqual([
      ['X1', 1_700_000_011],
      ['Y2', 1_700_000_022],
    ]);
  });

  it('counts one witness that signs twice once', () => {
    expect(checkPolicy(policy, cosignedBy(11, 11, 21)).satisfied).toBe(false);
  });

  it('of another log is refused, though the witnesses cosigned it', () => {
    const foreign = parse(
      TWO_LEVELS.replace(logVkey, formatVkey(noteKey('other.example.org', log.publicKey))),
    );
    expect(() => checkPolicy(foreign, cosignedBy(11, 12, 21))).toThrow(
      expect.objectContaining({ code: 'NOTE_NOT_SIGNED_BY_KEY' }),
    );
  });

  it('with a cosignature that was made for another checkpoint is refused', () => {
    const line = cosign(text.replace('\n3\n', '\n4\n'), 1_700_000_000, 'w11.example.org', signer(11));
    expect(() => checkPolicy(policy, parseNote(utf8(signed + line)))).toThrow(
      expect.objectContaining({ code: 'COSIGNATURE_INVALID' }),
    );
  });
});
