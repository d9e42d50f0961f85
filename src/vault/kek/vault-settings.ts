import { readFileSync } from 'node:fs';
import { KeyServiceError } from '#libs/messaging';

/** How a process shows Vault who it is. */
export type VaultLogin =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'approle'; readonly roleId: string; readonly secretId: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly jwt: string };

export interface VaultSettings {
  readonly address: URL;
  readonly login: VaultLogin;
  readonly namespace?: string;
  /** PEM. */
  readonly ca?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Reads the variables that Vault's own tools read, and of logins the first that is there: VAULT_TOKEN, VAULT_TOKEN_FILE, VAULT_ROLE_ID with
 * VAULT_SECRET_ID or VAULT_SECRET_ID_FILE (AppRole), VAULT_KUBERNETES_ROLE (with the pod's service account).
 *
 * @throws KeyServiceError KEY_SERVICE_NOT_CONFIGURED
 */
export function vaultSettingsOf(env: Environment): VaultSettings {
  return {
    address: addressOf(env),
    login: loginOf(env),
    ...(env.VAULT_NAMESPACE && { namespace: env.VAULT_NAMESPACE }),
    ...(env.VAULT_CACERT && { ca: readSecret('VAULT_CACERT', env.VAULT_CACERT) }),
  };
}

function addressOf({ VAULT_ADDR = '' }: Environment): URL {
  const address = URL.canParse(VAULT_ADDR) ? new URL(VAULT_ADDR) : undefined;
  if (address === undefined || !['http:', 'https:'].includes(address.protocol))
    throw notConfigured('VAULT_ADDR names no Vault', 'set VAULT_ADDR, such as https://vault.example:8200');
  // The answer holds the key-encryption key.
  if (address.protocol === 'http:' && !LOOPBACK.has(address.hostname))
    throw notConfigured('VAULT_ADDR would send keys in the clear', 'set VAULT_ADDR to an https address');
  return address;
}

function loginOf(env: Environment): VaultLogin {
  if (env.VAULT_TOKEN) return { kind: 'token', token: env.VAULT_TOKEN };
  if (env.VAULT_TOKEN_FILE)
    return { kind: 'token', token: readSecret('VAULT_TOKEN_FILE', env.VAULT_TOKEN_FILE) };
  const secretId =
    env.VAULT_SECRET_ID ||
    (env.VAULT_SECRET_ID_FILE && readSecret('VAULT_SECRET_ID_FILE', env.VAULT_SECRET_ID_FILE));
  if (env.VAULT_ROLE_ID && secretId) return { kind: 'approle', roleId: env.VAULT_ROLE_ID, secretId };
  if (env.VAULT_KUBERNETES_ROLE) {
    const jwt = readSecret('the service account', SERVICE_ACCOUNT_TOKEN);
    return { kind: 'kubernetes', role: env.VAULT_KUBERNETES_ROLE, jwt };
  }
  throw notConfigured(
    'nothing says how to log in to Vault',
    'set VAULT_TOKEN, VAULT_TOKEN_FILE, VAULT_ROLE_ID and VAULT_SECRET_ID_FILE, or VAULT_KUBERNETES_ROLE',
  );
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw notConfigured(`the file that ${name} names cannot be read`, 'check path and permissions', cause);
  }
}

function notConfigured(message: string, nextStep: string, cause?: unknown): KeyServiceError {
  return new KeyServiceError('KEY_SERVICE_NOT_CONFIGURED', message, { nextStep, cause });
}
