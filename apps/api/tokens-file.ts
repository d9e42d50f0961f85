import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '#libs/essentials';
import { writeFileDurably } from '#platform/files';
import {
  HashedTokenVerifier,
  mintToken,
  type HashedToken,
  type Role,
  type TokenVerifier,
} from '#platform/http';

const FILE = 'tokens.json';
const ROLES: readonly Role[] = ['ingest', 'serve', 'dpo', 'admin', 'audit'];

/** The file of hashed tokens cannot be used. */
export class TokensFileError extends CodedError<'TOKENS_FILE_MALFORMED'> {}

export interface OpenedTokens {
  readonly verifier: TokenVerifier;
  /** Tokens that were made just now, one a role: to be shown once, they are stored as hashes only. */
  readonly minted: readonly { readonly role: Role; readonly token: string }[];
}

/** Opens the tokens of a data folder; a new folder gets one token a role. @throws TokensFileError */
export async function openTokens(folder: string): Promise<OpenedTokens> {
  const file = path.join(folder, FILE);
  if (existsSync(file)) return { verifier: readVerifier(file), minted: [] };
  const minted = ROLES.map((role) => ({ role, ...mintToken() }));
  const hashed: HashedToken[] = minted.map(({ role, tokenSha256 }) => ({ roles: [role], tokenSha256 }));
  await writeFileDurably(file, `${JSON.stringify(hashed, undefined, 2)}\n`);
  return {
    verifier: new HashedTokenVerifier(hashed),
    minted: minted.map(({ role, token }) => ({ role, token })),
  };
}

function readVerifier(file: string): TokenVerifier {
  try {
    return new HashedTokenVerifier(JSON.parse(readFileSync(file, 'utf8')) as HashedToken[]);
  } catch (cause) {
    throw new TokensFileError('TOKENS_FILE_MALFORMED', `${FILE} is not a list of { roles, tokenSha256 }`, {
      cause,
      nextStep: `Correct ${FILE} in the data folder, or remove it to get new tokens at the next start.`,
    });
  }
}
