import { toBase64, utf8 } from '#libs/essentials';
import { honestTrustFiles } from '../../libs/testkit/honest-certificate.js';

export type VectorClaim =
  'certificate' | 'receipt' | 'consistency' | 'absence' | 'log' | 'replay' | 'witness' | 'deletion' | 'trust';

/** What somebody hands to a verifier; files as base64, trust files as text. */
export interface VectorInput {
  readonly trust: Readonly<Record<string, string>>;
  readonly [file: string]: unknown;
}

/** An attack, as published with the project. Same generator, same bytes. */
export interface AttackVector {
  /** File name, without extension. */
  readonly name: string;
  /** One sentence. */
  readonly attack: string;
  readonly claim: VectorClaim;
  /** Code of the refusal. */
  readonly expect: string;
  /** The honest file that differs from this one in the attack only. */
  readonly twin: string;
  readonly input: VectorInput;
}

/** What a verifier accepts. */
export interface HonestVector {
  readonly name: string;
  readonly claim: VectorClaim;
  readonly input: VectorInput;
}

/** What a generator module exports as its default. */
export interface VectorSet {
  readonly honest: readonly HonestVector[];
  readonly attacks: readonly AttackVector[];
}

/** The trust folder of every vector whose attack is not on trust itself. */
export const HONEST_TRUST = honestTrustFiles();

export const fileOf = (content: string | Uint8Array): string =>
  toBase64(typeof content === 'string' ? utf8(content) : content);
