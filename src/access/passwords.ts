import { hash, verify } from '@node-rs/argon2';
import { AccessError } from './access-error.js';

/** OWASP Password Storage Cheat Sheet (2026): Argon2id with 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const HASHED_NOW = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

/** NIST SP 800-63B-4 §3.1.1.2: at least 15 characters where nothing else is asked for; no rules of composition. */
export const MIN_PASSWORD = 15;
export const MAX_PASSWORD = 256;

const FEW_CHARACTERS = 6;

/** Hashes and compares passwords; somebody unknown is compared too, with a hash that no password has. */
export class Passwords {
  private dummy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return hash(password, PARAMETERS);
  }

  /** @param known undefined for whoever has no password: it takes as long, and the answer is no */
  async matches(known: string | undefined, password: string): Promise<boolean> {
    this.dummy ??= this.hash('of nobody');
    const dummy = await this.dummy;
    const isSame = await verify(known ?? dummy, password).catch(() => false); // a damaged hash lets nobody in
    return isSame && known !== undefined;
  }

  /** Whether a hash was made with other parameters than today's. */
  isOutdated(known: string): boolean {
    return !known.startsWith(HASHED_NOW);
  }
}

/** @throws AccessError PASSWORD_TOO_EASY */
export function checkPassword(password: string, user: string): void {
  const isShort = [...password].length < MIN_PASSWORD;
  const isRepetitive = new Set(password).size < FEW_CHARACTERS;
  const isUser = password.toLowerCase().includes(user.toLowerCase());
  if (!isShort && !isRepetitive && !isUser) return;
  throw new AccessError('PASSWORD_TOO_EASY', 'The password would be too easy to guess', {
    nextStep: `Take at least ${MIN_PASSWORD} characters, not few ones repeated, and without the user name; four random words will do.`,
  });
}
