import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROLES, TOKEN_ROLES, type Role } from '#platform/callers';
import { HttpClient } from './support/http-client.js';
import { interactionsOf, PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';

const NOBODYS = '7f1d9b1e-0000-4000-8000-00000000000f';
const folders = new TemporaryFolders();
let http: HttpClient;

interface Operation {
  readonly method: string;
  /** As documented, with {parameters}. */
  readonly template: string;
  readonly roles: readonly string[] | undefined;
  readonly isSecured: boolean;
}

/** Somebody with one role. */
interface Holder {
  readonly role: Role;
  readonly by: 'token' | 'session';
  readonly headers: Record<string, string>;
}

let operations: Operation[];
let holders: Holder[];

beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation, interactionsOf(PEOPLE.slice(0, 2)));
  operations = await documentedOperations();
  holders = [...TOKEN_ROLES.map(tokenHolder), ...(await sessionHolders())];
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

async function documentedOperations(): Promise<Operation[]> {
  const { body } = await http.call(undefined, 'get', '/docs-json');
  const { paths } = body as {
    paths: Record<string, Record<string, { security?: unknown[]; 'x-roles'?: string[] }>>;
  };
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { security, 'x-roles': roles }]) => ({
      method,
      template,
      roles,
      isSecured: security !== undefined,
    })),
  );
}

const tokenHolder = (role: Role): Holder => ({
  role,
  by: 'token',
  headers: { authorization: `Bearer ${http.tokens.get(role)}` },
});

async function sessionHolders(): Promise<Holder[]> {
  const { accounts, sessions } = http.installation.access;
  const subject = http.installation.vault.findSubject(PEOPLE[0])!;
  const owners = [
    ...(['dpo', 'auditor', 'engineer', 'admin'] as const).map((role) => {
      const { staffId } = accounts.invite(role, [role]).account;
      return { role, owner: { kind: 'staff' as const, staffId: staffId } };
    }),
    { role: 'subject' as const, owner: { kind: 'subject' as const, subject } },
    { role: 'follower' as const, owner: { kind: 'follower' as const, requestId: NOBODYS } },
  ];
  return owners.map(({ role, owner }) => {
    const token = sessions.open(owner);
    return {
      role,
      by: 'session',
      headers: { cookie: `lacuna-session=${token}`, 'x-lacuna-csrf': sessions.csrfOf(token) },
    };
  });
}

/** Status and code; the rest of the answer, which may never end, is not waited for. */
let clients = 0;
/** Every call comes from a client of its own, so that the limits for one client do not count. */
const anotherClient = (): string => `198.51.${(clients >> 8) & 255}.${clients++ & 255}`;

async function call(
  { method, template }: Operation,
  headers: Record<string, string> = {},
): Promise<{ status: number; code?: string; challenge: string | null }> {
  const abort = new AbortController();
  const response = await fetch(http.url + template.replace(/\{\w+\}/g, NOBODYS), {
    method: method.toUpperCase(),
    headers: { 'x-forwarded-for': anotherClient(), ...headers },
    redirect: 'manual',
    signal: abort.signal,
  });
  const { status } = response;
  const challenge = response.headers.get('www-authenticate');
  const isProblem = response.headers.get('content-type')?.includes('problem+json') === true;
  const problem = isProblem ? ((await response.json()) as { code: string }) : undefined;
  abort.abort();
  return { status, code: problem?.code, challenge };
}

const isPublic = ({ roles }: Operation): boolean => roles?.includes('public') === true;
const nameOf = ({ method, template }: Operation): string => `${method} ${template}`;

describe('who may do what over HTTP', () => {
  it('is documented for every operation, by roles that there are', () => {
    expect(operations.length).toBeGreaterThan(40);
    for (const operation of operations) {
      const { roles = [], isSecured } = operation;
      expect([nameOf(operation), roles]).not.toEqual([nameOf(operation), []]);
      expect([nameOf(operation), isSecured]).toEqual([nameOf(operation), !isPublic(operation)]);
      if (!isPublic(operation)) expect(ROLES).toEqual(expect.arrayContaining([...roles]));
    }
  });

  it('is refused without credentials, with an unknown token and with an unknown session', async () => {
    for (const operation of operations.filter((one) => !isPublic(one))) {
      const missing = { status: 401, code: 'TOKEN_MISSING', challenge: 'Bearer' };
      expect([nameOf(operation), await call(operation)]).toEqual([nameOf(operation), missing]);
      const unknown = await call(operation, { authorization: 'Bearer of-somebody-else' });
      expect(unknown).toMatchObject({ status: 401, code: 'TOKEN_UNKNOWN' });
      const stranger = await call(operation, { cookie: `lacuna-session=${'a'.repeat(43)}` });
      expect(stranger).toMatchObject({ status: 401, code: 'TOKEN_MISSING' });
    }
  });

  it('is refused with every role but those of the operation, by token and by session', async () => {
    for (const operation of operations.filter((one) => !isPublic(one)))
      for (const { role, by, headers } of holders.filter((one) => !operation.roles!.includes(one.role)))
        expect([nameOf(operation), role, by, await call(operation, headers)]).toMatchObject([
          nameOf(operation),
          role,
          by,
          { status: 403, code: 'ROLE_NOT_GRANTED' },
        ]);
  });

  it('is refused in a session without its CSRF token wherever something is changed', async () => {
    for (const operation of operations.filter((one) => !isPublic(one) && one.method !== 'get'))
      for (const { role, headers } of holders.filter(({ by }) => by === 'session')) {
        const { status, code } = await call(operation, { cookie: headers.cookie });
        expect([nameOf(operation), role, status, code]).toEqual([
          nameOf(operation),
          role,
          403,
          'CSRF_TOKEN_WRONG',
        ]);
      }
  });

  it('is let in with the roles of the operation', async () => {
    const reads = operations.filter((one) => !isPublic(one) && one.method === 'get');
    for (const operation of reads)
      for (const { role, by, headers } of holders.filter((one) => operation.roles!.includes(one.role))) {
        const { status, code } = await call(operation, headers);
        const isRefused = status === 401 || status === 403 || (status >= 500 && code === 'INTERNAL');
        expect([nameOf(operation), role, by, code, isRefused]).toEqual([
          nameOf(operation),
          role,
          by,
          code,
          false,
        ]);
      }
  });

  it('is told by tokens of which only hashes are stored, for the owner of the folder alone', () => {
    const stored = readFileSync(path.join(http.installation.folder.paths.root, 'tokens.json'), 'utf8');
    expect(JSON.parse(stored)).toHaveLength(TOKEN_ROLES.length);
    for (const token of http.tokens.values()) expect(stored).not.toContain(token);
  });
});
