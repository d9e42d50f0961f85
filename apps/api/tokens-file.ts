import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '#libs/essentials';
import { writeFileDurably } from '#platform/files';
import {
  HashedTokenVerifier,
  mintToken,
  TOKEN_ROLES,
  type HashedToken,
  type Role,
  type TokenVerifier,
} from '#platform/callers';

const FILE = 'tokens.json';

/** What roles were called before, in files of those days. */
const RENAMED: Readonly<Record<string, Role>> = { audit: 'auditor' };

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
  const minted = TOKEN_ROLES.map((role) => ({ role, ...mintToken() }));
  const hashed: HashedToken[] = minted.map(({ role, tokenSha256 }) => ({ roles: [role], tokenSha256 }));
  await writeFileDurably(file, `${JSON.stringify(hashed, undefined, 2)}\n`);
  return {
    verifier: new HashedTokenVerifier(hashed),
    minted: minted.map(({ role, token }) => ({ role, token })),
  };
}

function readVerifier(file: string): TokenVerifier {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { tokenSha256: string; roles: string[] }[];
    return new HashedTokenVerifier(
      stored.map(({ tokenSha256, roles }) => ({ tokenSha256, roles: roles.map(tokenRole) })),
    );
  } catch (cause) {
    throw new TokensFileError(
      'TOKENS_FILE_MALFORMED',
      `${FILE} is not a list of { roles, tokenSha256 } with roles that a token may hold`,
      {
        cause,
        nextStep: `Correct ${FILE} in the data folder, or remove it to get new tokens at the next start.`,
      },
    );
  }
}

function tokenRole(name: string): Role {
  const role = TOKEN_ROLES.find((known) => known === (RENAMED[name] ?? name));
  if (role === undefined) throw new TypeError('no token may hold that role');
  return role;
}
