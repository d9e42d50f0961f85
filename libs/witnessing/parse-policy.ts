import { equalBytes, fromUtf8, isCodedError } from '#libs/essentials';
import { parseCosignerVkey, parseVkey, type NoteKey } from '#libs/merkle';
import type { PolicyLog, PolicyWitness, Quorum, TlogPolicy } from './policy.js';
import { WitnessingError, type WitnessingErrorCode } from './witnessing-error.js';

const MAX_POLICY_BYTES = 128 * 1024;
/** Of each kind; C2SP tlog-policy, "Implementation limits", asks for 32. */
const MAX_DEFINITIONS = 256;
const RESERVED = 'none';

/** Items of a line as octets, one character each (C2SP tlog-policy, "Character set": names are opaque octets). */
interface Line {
  readonly number: number;
  readonly items: readonly string[];
}

/**
 * Reads a policy file (C2SP tlog-policy). Witnesses sign with Ed25519 cosignatures; keys of other kinds are refused rather than left out,
 * since a quorum means something else without them.
 *
 * @throws WitnessingError POLICY_…, with the line
 * @example
 * const policy = parsePolicy(utf8('witness w1 witness.example.com/w1+…\nquorum w1\n'));
 */
export function parsePolicy(file: Uint8Array): TlogPolicy {
  const reader = new PolicyReader();
  for (const line of linesOf(file)) reader.read(line);
  return reader.policy();
}

class PolicyReader {
  private readonly logs: PolicyLog[] = [];
  private readonly witnesses: PolicyWitness[] = [];
  private readonly named = new Map<string, Quorum>();
  private readonly members = new Set<string>();
  private groups = 0;
  private quorum: Quorum | undefined;

  read(line: Line): void {
    switch (line.items[0]) {
      case 'log':
        return this.readLog(line);
      case 'witness':
        return this.readWitness(line);
      case 'group':
        return this.readGroup(line);
      case 'quorum':
        return this.readQuorum(line);
      default:
        throw refuse('POLICY_KEYWORD_UNKNOWN', 'a line begins with log, witness, group or quorum', line);
    }
  }

  policy(): TlogPolicy {
    if (this.quorum === undefined) throw refuse('POLICY_QUORUM_MISSING', 'the policy has no quorum line');
    return { logs: this.logs, witnesses: this.witnesses, quorum: this.quorum };
  }

  private readLog(line: Line): void {
    const [, vkey, url] = itemsOf(line, 2, 3);
    const key = keyOf(vkey, line, parseVkey);
    if (this.logs.some((log) => isSameKey(log.key, key)))
      throw refuse('POLICY_LOG_DUPLICATE', 'the key of a log stands in the policy twice', line);
    this.checkRoles(line, key, this.witnesses);
    checkCount(this.logs.length, line);
    this.logs.push({ key, ...urlOf(url) });
  }

  private readWitness(line: Line): void {
    const [, name, vkey, url] = itemsOf(line, 3, 4);
    const key = keyOf(vkey, line, parseCosignerVkey);
    if (this.witnesses.some((witness) => isSameKey(witness.key, key)))
      throw refuse('POLICY_WITNESS_DUPLICATE', 'the key of a witness stands in the policy twice', line);
    this.checkRoles(line, key, this.logs);
    checkCount(this.witnesses.length, line);
    const witness = { name: textOf(name), key, ...urlOf(url) };
    this.define(line, name, { kind: 'witness', witness });
    this.witnesses.push(witness);
  }

  private readGroup(line: Line): void {
    const [, name, count, ...members] = itemsOf(line, 4, Infinity);
    const threshold = thresholdOf(count, members.length, line);
    checkCount(this.groups++, line);
    const quorums = members.map((member) => this.take(line, member));
    this.define(line, name, { kind: 'group', name: textOf(name), threshold, members: quorums });
  }

  private readQuorum(line: Line): void {
    const [, name] = itemsOf(line, 2, 2);
    if (this.quorum !== undefined)
      throw refuse('POLICY_QUORUM_REPEATED', 'the policy has more than one quorum line', line);
    this.quorum = name === RESERVED ? { kind: 'none' } : this.find(line, name);
  }

  private define(line: Line, name: string, quorum: Quorum): void {
    if (name === RESERVED)
      throw refuse('POLICY_NAME_RESERVED', '`none` names neither a witness nor a group', line);
    if (this.named.has(name))
      throw refuse('POLICY_NAME_TAKEN', 'the name stands for another witness or group', line);
    this.named.set(name, quorum);
  }

  /** A name is a member once in the whole file, so that each witness counts in one way only. */
  private take(line: Line, name: string): Quorum {
    if (name === RESERVED) throw refuse('POLICY_NAME_RESERVED', '`none` is no member of a group', line);
    const found = this.find(line, name);
    if (this.members.has(name))
      throw refuse('POLICY_MEMBER_REPEATED', 'a name is a member of one group, once', line);
    this.members.add(name);
    return found;
  }

  private find(line: Line, name: string): Quorum {
    const found = this.named.get(name);
    if (found === undefined)
      throw refuse('POLICY_NAME_UNKNOWN', 'the line uses a name that no line before it defines', line);
    return found;
  }

  private checkRoles(line: Line, key: NoteKey, others: readonly { readonly key: NoteKey }[]): void {
    if (others.some((other) => isSameKey(other.key, key)))
      throw refuse('POLICY_LOG_IS_WITNESS', 'a log is no witness of anything: one key, one role', line);
  }
}

/** Lines that say something; names, URLs and comments may hold any octet but control characters. */
function linesOf(file: Uint8Array): Line[] {
  if (file.length > MAX_POLICY_BYTES)
    throw refuse('POLICY_TOO_LARGE', `a policy has at most ${MAX_POLICY_BYTES} bytes`);
  const lines = octets(file).split('\n');
  if (lines.pop() !== '')
    throw refuse(
      'POLICY_NOT_TERMINATED',
      'the last line does not end in a newline: the file may be cut short',
    );
  return lines.flatMap((text, at) => {
    const number = at + 1;
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text))
      throw refuse('POLICY_OCTET_FORBIDDEN', 'the line holds a control character', { number });
    const items = text.split(/[ \t]+/).filter((item) => item !== '');
    return items.length === 0 || items[0].startsWith('#') ? [] : [{ number, items }];
  });
}

function octets(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** Octets as UTF-8 where they are, for people and for keys; nothing is looked up by it. */
function textOf(item: string): string {
  try {
    return fromUtf8(Uint8Array.from(item, (character) => character.charCodeAt(0)));
  } catch {
    return item;
  }
}

function itemsOf({ number, items }: Line, least: number, most: number): readonly string[] {
  if (items.length < least || items.length > most)
    throw refuse('POLICY_LINE_MALFORMED', `a ${items[0]} line has another number of items`, { number });
  return items;
}

function keyOf(vkey: string, line: Line, parse: (text: string) => NoteKey): NoteKey {
  try {
    return parse(textOf(vkey));
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw refuse('POLICY_KEY_UNUSABLE', `the key cannot be used: ${cause.message}`, line, cause);
  }
}

function urlOf(item: string | undefined): { url?: string } {
  return item === undefined ? {} : { url: textOf(item) };
}

function thresholdOf(count: string, members: number, line: Line): number {
  if (count === 'any') return 1;
  if (count === 'all') return members;
  const threshold = /^[1-9][0-9]{0,8}$/.test(count) ? Number(count) : 0;
  if (threshold < 1 || threshold > members)
    throw refuse(
      'POLICY_THRESHOLD_OUT_OF_RANGE',
      'a threshold is any, all, or from 1 to the number of members',
      line,
    );
  return threshold;
}

/** C2SP tlog-policy, "Public key representation": keys are the same whatever names and ids they go by. */
function isSameKey(a: NoteKey, b: NoteKey): boolean {
  return equalBytes(a.publicKey, b.publicKey);
}

function checkCount(defined: number, line: Line): void {
  if (defined >= MAX_DEFINITIONS)
    throw refuse(
      'POLICY_TOO_COMPLEX',
      `a policy has at most ${MAX_DEFINITIONS} logs, witnesses, groups`,
      line,
    );
}

function refuse(
  code: WitnessingErrorCode,
  message: string,
  line?: Pick<Line, 'number'>,
  cause?: Error & { readonly code: string },
): WitnessingError {
  return new WitnessingError(code, message, {
    facts: { line: line?.number, reason: cause?.code },
    nextStep:
      'Correct the policy file as C2SP tlog-policy describes it, or get it again from whoever wrote it.',
    cause,
  });
}
