import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TRUST_POLICY, TrustFiles } from '#libs/certificate';
import { CodedError, fromBase64, isCodedError } from '#libs/essentials';
import {
  compareReplay,
  loadTrust,
  parseConsistencyProof,
  trustFolderOf,
  verifyAbsence,
  verifyCertificate,
  verifyDeletion,
  verifyLog,
  verifyLogConsistency,
  verifyReceipt,
  type CertificateReport,
  type ReplayInput,
  type TrustPolicy,
} from '#libs/verification';
import { parseVkey } from '#libs/merkle';
import { parseAddCheckpoint, refuseFork, refuseStranger, type WitnessedHead } from '#libs/witnessing';

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

type Verify = (input: Vector['input']) => unknown;

const trusted = ({ trust }: Vector['input']): TrustPolicy => loadTrust(trustFolderOf(trust));

const certified = (input: Vector['input']): CertificateReport =>
  verifyCertificate({
    bundle: file(input.bundle),
    trust: trusted(input),
    now: input.now as number | undefined,
  });

/** What a verifier is asked for each claim; it throws what it refuses. */
const CLAIMS: Readonly<Record<string, Verify>> = {
  trust: trusted,
  certificate: certified,
  deletion: (input) => verifyDeletion({ ...certified(input), proofs: file(input.proofs) }),
  absence: (input) =>
    verifyAbsence({ ...certified(input), proofs: file(input.proofs), trust: trusted(input) }),
  receipt: (input) =>
    verifyReceipt({ receipt: file(input.receipt), proofs: optional(input.proofs), trust: trusted(input) }),
  consistency: (input) =>
    verifyLogConsistency({
      older: file(input.older),
      newer: file(input.newer),
      trust: trusted(input),
      proof: async () => parseConsistencyProof(file(input.proof)),
    }),
  log: (input) => {
    const served = input.files as Record<string, string>;
    const readFile = async (name: string) => optional(served[name]);
    return verifyLog({ files: { read: readFile }, since: optional(input.since), trust: trusted(input) });
  },
  replay: (input) => compareReplay(input as unknown as ReplayInput),
  witness: ({ before, request, trust }) => {
    const key = parseVkey(trust['log.vkey']);
    let held: WitnessedHead | undefined;
    for (const body of [...(before as string[]), request]) {
      const asked = parseAddCheckpoint(file(body));
      const keys = asked.checkpoint.origin === key.name ? [key] : [];
      const refusal = refuseStranger(asked, keys) ?? refuseFork(asked, held);
      if (refusal !== undefined) throw new NotCosigned(refusal.code, `status ${refusal.status}`);
      held = asked.checkpoint;
    }
  },
};

/** A witness answers instead of throwing. */
class NotCosigned extends CodedError {}

async function verify({ claim, input }: Vector): Promise<unknown> {
  return CLAIMS[claim](input);
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

  it('are there for every attack that the threat model lists', () => {
    const page = readFileSync(path.join(import.meta.dirname, '../docs/design/threat-model.md'), 'utf8');
    const [, table] = /## Attacks by their files\n([^]*?)\n## /.exec(page)!;
    const named = [...table.matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(25);
    expect(attacks.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  });

  it.each(attacks)('$name: refused with $expect', async (vector) => {
    expect(await refusalOf(vector)).toBe(vector.expect);
  });

  it.each(honest)('their honest twin %s is accepted', async (twin) => {
    expect(await refusalOf(read(`honest/${twin}.json`))).toBeUndefined();
  });
});
