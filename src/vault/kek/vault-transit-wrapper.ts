import { parseStrictJson } from '#libs/essentials';
import { KeyServiceError, type KeyWrapper } from '#libs/messaging';
import { withRetries } from './retries.js';
import { postToService, type ServiceAnswer } from './service-request.js';
import type { VaultLogin, VaultSettings } from './vault-settings.js';

const DEFAULT_MOUNT = 'transit';

/**
 * The transit engine of HashiCorp Vault, or OpenBao (developer.hashicorp.com/vault/api-docs/secret/transit). The key must be one that
 * authenticates: aes256-gcm96, the engine's default, or chacha20-poly1305.
 */
export class VaultTransitWrapper implements KeyWrapper {
  private readonly mount: string;
  private readonly key: string;
  private token: string | undefined;

  /** @param key `KEY`, or `MOUNT/KEY` where the engine is not mounted at `transit` */
  constructor(
    key: string,
    private readonly settings: VaultSettings,
  ) {
    const slash = key.lastIndexOf('/');
    this.mount = slash < 0 ? DEFAULT_MOUNT : key.slice(0, slash);
    this.key = key.slice(slash + 1);
  }

  async wrap(kek: Uint8Array, context: string): Promise<string> {
    return this.field(
      'ciphertext',
      await this.transit('encrypt', { plaintext: base64(kek), ...bound(context) }),
    );
  }

  async unwrap(wrapped: string, context: string): Promise<Uint8Array> {
    const answer = await this.transit('decrypt', { ciphertext: wrapped, ...bound(context) });
    return Uint8Array.from(Buffer.from(this.field('plaintext', answer), 'base64'));
  }

  async rotate(): Promise<void> {
    await this.call(`${this.mount}/keys/${this.key}/rotate`, {});
  }

  private transit(operation: 'encrypt' | 'decrypt', body: object): Promise<string> {
    return this.call(`${this.mount}/${operation}/${this.key}`, body);
  }

  private async call(path: string, body: object): Promise<string> {
    this.token ??= await this.logIn(this.settings.login);
    return this.post(path, body, this.token);
  }

  private async logIn(login: VaultLogin): Promise<string> {
    switch (login.kind) {
      case 'token':
        return login.token;
      case 'approle':
        return this.tokenFrom('approle', { role_id: login.roleId, secret_id: login.secretId });
      case 'kubernetes':
        return this.tokenFrom('kubernetes', { role: login.role, jwt: login.jwt });
    }
  }

  private async tokenFrom(method: string, body: object): Promise<string> {
    const answer = parsed(await this.post(`auth/${method}/login`, body)) as {
      auth?: { client_token?: unknown };
    };
    if (typeof answer.auth?.client_token === 'string') return answer.auth.client_token;
    throw malformed();
  }

  private post(path: string, body: object, token?: string): Promise<string> {
    const { address, namespace, ca } = this.settings;
    return withRetries(async () => {
      const answer = await postToService({
        url: new URL(`/v1/${path}`, address),
        headers: {
          'x-vault-request': 'true', // refused by agents and proxies that would add a token of their own to a forged call
          ...(token !== undefined && { 'x-vault-token': token }),
          ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
        },
        body,
        ca,
      });
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      throw refusalOf(answer);
    });
  }

  private field(name: 'ciphertext' | 'plaintext', answer: string): string {
    const value = (parsed(answer) as { data?: Record<string, unknown> }).data?.[name];
    if (typeof value === 'string') return value;
    throw malformed();
  }
}

/** What the engine answers (developer.hashicorp.com/vault/api-docs, "HTTP status codes"); its words tell causes of one status apart. */
function refusalOf({ status, body }: ServiceAnswer): KeyServiceError {
  const facts = { status };
  if (status === 503 && /sealed/i.test(body))
    return new KeyServiceError('KEY_SERVICE_SEALED', 'the Vault is sealed', {
      facts,
      nextStep: 'unseal it; Lacuna opens nothing before',
    });
  if (status === 429 || status >= 500)
    return new KeyServiceError('KEY_SERVICE_BUSY', 'the Vault cannot answer at the moment', {
      facts,
      nextStep: 'look at its health (vault status), then start again',
    });
  if (status === 403 || /invalid role or secret/i.test(body))
    return new KeyServiceError('KEY_SERVICE_DENIED', 'the Vault does not allow it', {
      facts,
      nextStep:
        'check that the login is still valid and that its policy lets it update encrypt/ and decrypt/ of this key (for rotations keys/KEY/rotate)',
    });
  if (status === 404 || /key not found/i.test(body))
    return new KeyServiceError('KEY_SERVICE_KEY_UNKNOWN', 'the Vault has no such key', {
      facts,
      nextStep:
        'check LACUNA_KEK, VAULT_NAMESPACE and where the transit engine is mounted; make the key with: vault write -f transit/keys/KEY',
    });
  if (/too old|minimum/i.test(body))
    return new KeyServiceError(
      'KEY_SERVICE_KEY_DISABLED',
      'the version that wrapped the key may not be used any more',
      {
        facts,
        nextStep:
          'lower min_decryption_version of the key, start, run lacuna keys rewrap, then raise it again',
      },
    );
  return new KeyServiceError('KEY_SERVICE_KEY_WRONG', 'this key of the Vault does not open what is stored', {
    facts,
    nextStep:
      'check that LACUNA_KEK names the key that wrapped it, and that kek.wrapped belongs to this data folder',
  });
}

function bound(context: string): { readonly associated_data: string } {
  return { associated_data: base64(Buffer.from(context)) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function parsed(body: string): object {
  try {
    const value = parseStrictJson(body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // as any other answer that is none; without the cause, which may quote a key
  }
  throw malformed();
}

function malformed(): KeyServiceError {
  return new KeyServiceError('KEY_SERVICE_ANSWER_MALFORMED', 'that is not how a Vault answers', {
    nextStep: 'check that VAULT_ADDR names a Vault, and no proxy in front of it answers instead',
  });
}
