import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TRUST_POLICY, type TrustFiles } from '#libs/certificate';
import { CodedError, fromBase64, fromHex, isCodedError } from '#libs/essentials';
import {
  compareReplay,
  loadTrust,
  parseConsistencyProof,
  trustFolderOf,
  verifyCertificate,
  verifyLog,
  verifyLogConsistency,
  verifyReceipt,
  type ReplayInput,
  type TrustPolicy,
} from '#libs/verification';
import { parseAddCheckpoint, refuseFork, refuseStranger } from '#libs/witnessing';

/** A file of test/vectors/adversarial; tools/vectors writes them. */
interface Vector {
  readonly attack: string;
  readonly claim: string;
  readonly expect: string;
  readonly twin: string;
  readonly input: { readonly trust: TrustFiles & { readonly [TRUST_POLICY]?: string } } & Readonly<
    Record<string, unknown>
  >;
}

const folder = path.join(import.meta.dirname, 'vectors/adversarial');
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Vector;
const attacks = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name: path.basename(name, '.json'), ...read(name) }));
const honest = readdirSync(path.join(folder, 'honest')).map((name) => path.basename(name, '.json'));

const file = (content: unknown): Uint8Array => fromBase64(content as string);
const optional = (content: unknown): Uint8Array | undefined =>
  content === undefined ? undefined : file(content);

type Verify = (input: Vector['input'], trust: TrustPolicy) => unknown;

/** What a verifier is asked for each claim; it throws what it refuses. */
const CLAIMS: Readonly<Record<string, Verify>> = {
  trust: (_, trust) => trust,
  certificate: ({ certificate, now }, trust) =>
    verifyCertificate({ bundle: file(certificate), trust, now: now as number | undefined }),
  receipt: ({ receipt }, trust) => verifyReceipt({ receipt: file(receipt), trust }),
  consistency: ({ older, newer, proof }, trust) =>
    verifyLogConsistency({
      older: file(older),
      newer: file(newer),
      trust,
      proof: async () => parseConsistencyProof(file(proof)),
    }),
  log: ({ files, since }, trust) => {
    const served = files as Record<string, string>;
    const readFile = async (name: string) => optional(served[name]);
    return verifyLog({ files: { read: readFile }, since: optional(since), trust });
  },
  replay: (input) => compareReplay(input as unknown as ReplayInput),
  witness: ({ body, held, isKnown }, { logKeys }) => {
    const request = parseAddCheckpoint(file(body));
    const { size, root } = held as { size: number; root: string };
    const refusal =
      refuseStranger(request, isKnown ? logKeys.map(({ key }) => key) : []) ??
      refuseFork(request, { size, root: fromHex(root) });
    if (refusal !== undefined) throw new NotCosigned(refusal.code, `status ${refusal.status}`);
  },
};

/** A witness answers instead of throwing. */
class NotCosigned extends CodedError {}

async function verify({ claim, input }: Vector): Promise<unknown> {
  return CLAIMS[claim](input, loadTrust(trustFolderOf(input.trust)));
}

async function refusalOf(vector: Vector): Promise<string | undefined> {
  try {
    await verify(vector);
    return undefined;
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
}

describe('published attacks', () => {
  it('are sixty at least, and every claim is attacked', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(60);
    expect([...new Set(attacks.map(({ claim }) => claim))].sort()).toEqual(Object.keys(CLAIMS).sort());
  });

  it('say what they do, and differ from an honest twin', () => {
    for (const { attack, twin } of attacks) {
      expect(attack).toMatch(/^[A-Z].*\.$/);
      expect(honest).toContain(twin);
    }
  });

  it.each(attacks)('$name: refused with $expect', async (vector) => {
    expect(await refusalOf(vector)).toBe(vector.expect);
  });

  it.each(honest)('their honest twin %s is accepted', async (twin) => {
    expect(await refusalOf(read(`honest/${twin}.json`))).toBeUndefined();
  });
});
