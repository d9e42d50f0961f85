import { STAFF_ROLES, TOKEN_ROLES, type Role } from '#platform/callers';
import { AccessError } from './access-error.js';

/** An identity provider at which staff sign in, and machines get their tokens (OpenID Connect Core 1.0; RFC 6749 §4.4). */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** For the button. */
  readonly label: string;
  /** Claim that holds roles or groups; dots lead into objects, such as `realm_access.roles`. */
  readonly rolesClaim: string;
  /** What the provider calls a role, and ours. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Audience of access tokens of machines; without it none are taken. */
  readonly audience?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads LACUNA_OIDC_ISSUER, …_CLIENT_ID, …_CLIENT_SECRET, …_LABEL, …_ROLES_CLAIM, …_ROLES (`group=role,group=role`), …_AUDIENCE.
 * @returns undefined without an issuer
 * @throws AccessError OIDC_SETTINGS_MALFORMED
 */
export function oidcSettingsOf(environment: Environment): OidcSettings | undefined {
  const of = (name: string): string | undefined => environment[`LACUNA_OIDC_${name}`] || undefined;
  const issuer = of('ISSUER');
  if (issuer === undefined) return undefined;
  const clientId = of('CLIENT_ID');
  const audience = of('AUDIENCE');
  if (!URL.canParse(issuer)) throw malformed('LACUNA_OIDC_ISSUER is not a URL');
  if (clientId === undefined) throw malformed('LACUNA_OIDC_CLIENT_ID is missing');
  // An ID token is made for the client; were it an audience of ours too, a person's token would do as a machine's.
  if (audience === clientId) throw malformed('LACUNA_OIDC_AUDIENCE is the client id');
  return {
    issuer,
    clientId,
    clientSecret: of('CLIENT_SECRET'),
    label: of('LABEL') ?? new URL(issuer).host,
    rolesClaim: of('ROLES_CLAIM') ?? 'roles',
    roles: rolesOf(of('ROLES')),
    audience,
  };
}

/** The roles that claims grant, of those that may be granted so. */
export function grantedRoles<Granted extends Role>(
  { rolesClaim, roles }: OidcSettings,
  claims: Readonly<Record<string, unknown>>,
  grantable: readonly Granted[],
): Granted[] {
  const claimed = rolesClaim
    .split('.')
    .reduce<unknown>(
      (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      claims,
    );
  const names = new Set([claimed].flat().filter((name) => typeof name === 'string'));
  const granted = new Set([...names].map((name) => (Object.hasOwn(roles, name) ? roles[name] : undefined)));
  return grantable.filter((role) => granted.has(role));
}

const SAME_NAMES: OidcSettings['roles'] = Object.fromEntries(TOKEN_ROLES.map((role) => [role, role]));

function rolesOf(text: string | undefined): OidcSettings['roles'] {
  if (text === undefined) return SAME_NAMES;
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [, name, role] = /^\s*(.+?)\s*=\s*([a-z]+)\s*$/.exec(pair) ?? [];
      const known = [...STAFF_ROLES, ...TOKEN_ROLES].find((one) => one === role);
      if (name === undefined || known === undefined)
        throw malformed('LACUNA_OIDC_ROLES is not a list of group=role');
      return [name, known];
    }),
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function malformed(what: string): AccessError {
  return new AccessError('OIDC_SETTINGS_MALFORMED', what, {
    nextStep: 'Correct the environment of the process: see src/access/README.md.',
  });
}
