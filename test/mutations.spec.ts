import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TrustFiles } from '#libs/certificate';
import { fromBase64, fromUtf8, isCodedError, toHex, utf8 } from '#libs/essentials';
import {
  loadTrust,
  trustFolderOf,
  verifyCertificate,
  verifyDeletion,
  verifyReceipt,
  type TrustPolicy,
} from '#libs/verification';
import { nodeSha256, nodeVerifySignature } from '#platform/crypto';

const MOST_CPU = 1_000_000; // microseconds that a verifier may take over any file of this size

/** A file of an honest vector, by its name there. */
type FileOf = (name: string) => Uint8Array;

interface Honest {
  readonly name: string;
  readonly file: Uint8Array;
  readonly verify: (file: Uint8Array) => unknown;
}

const HONEST: readonly Honest[] = [
  honest('certificate', 'bundle', (bundle, trust) => verifyCertificate({ bundle, trust })),
  honest('witnesses', 'bundle', (bundle, trust) => verifyCertificate({ bundle, trust })),
  honest('receipt-with-proofs', 'receipt', (receipt, trust, fileOf) =>
    verifyReceipt({ receipt, proofs: fileOf('proofs'), trust, hash: nodeSha256 }),
  ),
  honest('deletion', 'proofs', underItsDigest),
];
const RUNS = Math.ceil(10_000 / (HONEST.length * 2)); // in bytes, in structure

/**
 * Proofs are named by their digest in the certificate, where every change ends; here the certificate names whatever came, so that the
 * proofs have to hold by themselves.
 */
function underItsDigest(proofs: Uint8Array, trust: TrustPolicy, fileOf: FileOf): unknown {
  const { certificate } = verifyCertificate({ bundle: fileOf('bundle'), trust });
  const named = { ...certificate.proofs, digest: toHex(nodeSha256(proofs)), bytes: proofs.length };
  return verifyDeletion({ certificate: { ...certificate, proofs: named }, proofs, hash: nodeSha256 });
}

function honest(
  name: string,
  field: string,
  verify: (file: Uint8Array, trust: TrustPolicy, fileOf: FileOf) => unknown,
): Honest {
  const vector = path.join(import.meta.dirname, `vectors/adversarial/honest/${name}.json`);
  const { input } = JSON.parse(readFileSync(vector, 'utf8')) as {
    input: { trust: TrustFiles } & Record<string, string>;
  };
  const trust = loadTrust(trustFolderOf(input.trust), nodeVerifySignature);
  const fileOf: FileOf = (one) => fromBase64(input[one]);
  return { name, file: fileOf(field), verify: (file) => verify(file, trust, fileOf) };
}

/** `accepted`, or the code of the refusal; any other error fails the test that asks. */
function outcomeOf({ verify }: Honest, file: Uint8Array): string {
  const before = process.cpuUsage();
  try {
    verify(file);
    return 'accepted';
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  } finally {
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(MOST_CPU);
  }
}

/** The document that a file says, or undefined; two spellings of one document are one file. */
function meaningOf(file: Uint8Array): string | undefined {
  try {
    return JSON.stringify(sorted(JSON.parse(fromUtf8(file))));
  } catch {
    return undefined;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

/** Bytes exchanged, flipped, cut off, cut out, put in twice. */
function damages(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const places = fc.nat({ max: file.length - 1 });
  const part = (from: number, to: number) => file.slice(Math.min(from, to), Math.max(from, to));
  return fc.oneof(
    fc.tuple(places, fc.nat({ max: 255 })).map(([at, byte]) => file.with(at, byte)),
    fc.tuple(places, fc.nat({ max: 7 })).map(([at, bit]) => file.with(at, file[at] ^ (1 << bit))),
    places.map((at) => file.slice(0, at)),
    fc
      .tuple(places, places)
      .map(([a, b]) => Uint8Array.of(...file.slice(0, Math.min(a, b)), ...file.slice(Math.max(a, b)))),
    fc
      .tuple(places, places, places)
      .map(([a, b, c]) => Uint8Array.of(...file.slice(0, a), ...part(b, c), ...file.slice(a))),
  );
}

type Container = Record<string, unknown> | unknown[];
interface Place {
  readonly parent: Container;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    { parent: value as Container, key },
    ...placesIn((value as Record<string, unknown>)[key]),
  ]);
}

const at = ({ parent, key }: Place): unknown => (parent as Record<string, unknown>)[key];

function put({ parent, key }: Place, value: unknown): void {
  (parent as Record<string, unknown>)[key] = value;
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

const INTRUDERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  '',
  '0',
  'A'.repeat(100_000),
  [],
  {},
  [[]],
  JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`),
  '__proto__',
  '\u202e\u0000',
];

/** Fields taken out, exchanged for something else or for one another, renamed, doubled. */
function rearrangements(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const text = fromUtf8(file);
  const count = placesIn(JSON.parse(text)).length;
  const place = fc.nat({ max: count - 1 });
  const intruder = fc.constantFrom(...INTRUDERS);
  const changed = (change: (places: Place[]) => void): Uint8Array => {
    const document: unknown = JSON.parse(text);
    change(placesIn(document));
    return utf8(JSON.stringify(document));
  };
  return fc.oneof(
    place.map((n) => changed((places) => remove(places[n]))),
    fc.tuple(place, intruder).map(([n, value]) => changed((places) => put(places[n], value))),
    fc.tuple(place, place).map(([a, b]) =>
      changed((places) => {
        const [first, second] = [at(places[a]), at(places[b])];
        put(places[a], structuredClone(second));
        put(places[b], structuredClone(first));
      }),
    ),
    fc
      .tuple(place, place)
      .map(([a, b]) => changed((places) => put(places[a], structuredClone(at(places[b]))))),
    fc.tuple(place, fc.string({ maxLength: 12 }), intruder).map(([n, key, value]) =>
      changed((places) => {
        const { parent } = places[n];
        if (Array.isArray(parent)) parent.push(value);
        else parent[key] = value;
      }),
    ),
  );
}

describe.each(HONEST)('of $name, nothing that was changed at random', (one) => {
  it.each([
    ['in its bytes', damages],
    ['in its structure', rearrangements],
  ])('%s is accepted, crashes or takes a second', (_, changes) => {
    expect(outcomeOf(one, one.file)).toBe('accepted');
    fc.assert(
      fc.property(changes(one.file), (file) => {
        // The converse does not hold: a key said twice can leave the meaning to JSON.parse and is refused all the same.
        if (outcomeOf(one, file) === 'accepted') expect(meaningOf(file)).toBe(meaningOf(one.file));
      }),
      { numRuns: RUNS },
    );
  });
});
