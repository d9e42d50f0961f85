import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status: number;
  readonly body: object;
}

const refusal = (status: number, ...errors: string[]): Answer => ({ status, body: { errors } });

/**
 * Speaks what the transit engine of HashiCorp Vault speaks (developer.hashicorp.com/vault/api-docs/secret/transit): really encrypts under
 * versioned keys, checks tokens and namespaces, and refuses in Vault's words.
 */
export class VaultTransitServer {
  /** Tokens that the policy lets use every key. */
  readonly tokens = new Set(['s.root']);
  readonly appRoles = new Map([['role-1', 'secret-1']]);
  namespace: string | undefined;
  sealed = false;
  /** So many further calls are answered as by a Vault that is changing its leader. */
  unavailableFor = 0;
  minDecryptionVersion = 1;
  calls = 0;
  private readonly keys = new Map<string, Buffer[]>();
  private server: Server | undefined;

  constructor(names: readonly string[] = ['lacuna']) {
    for (const name of names) this.keys.set(`transit/${name}`, [randomBytes(32)]);
  }

  /** @returns the address for VAULT_ADDR */
  async listen(tls?: { readonly key: string; readonly cert: string }): Promise<string> {
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      void this.handle(request, response);
    this.server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  mount(path: string): void {
    this.keys.set(path, [randomBytes(32)]);
  }

  versionsOf(path: string): number {
    return this.keys.get(path)!.length;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls++;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { status, body } = this.answer(request, JSON.parse(text) as Record<string, string>);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private answer({ url, headers }: IncomingMessage, body: Record<string, string>): Answer {
    if (this.sealed) return refusal(503, 'Vault is sealed');
    if (this.unavailableFor-- > 0)
      return refusal(500, 'local node not active but active cluster node not found');
    if (headers['x-vault-namespace'] !== this.namespace) return refusal(404, 'no handler for route');
    if (url === '/v1/auth/approle/login') return this.logIn(body);
    if (!this.tokens.has(String(headers['x-vault-token'])))
      return refusal(403, 'permission denied', 'invalid token');
    const [, mount, operation, name] = /^\/v1\/(.+)\/(encrypt|decrypt)\/([^/]+)$/.exec(url!) ?? [];
    const rotated = /^\/v1\/(.+)\/keys\/([^/]+)\/rotate$/.exec(url!);
    if (rotated) return this.rotate(`${rotated[1]}/${rotated[2]}`);
    if (operation === undefined) return refusal(404, 'no handler for route');
    const versions = this.keys.get(`${mount}/${name}`);
    if (versions === undefined) return refusal(400, 'encryption key not found');
    return operation === 'encrypt' ? this.encrypt(versions, body) : this.decrypt(versions, body);
  }

  private logIn({ role_id, secret_id }: Record<string, string>): Answer {
    if (secret_id === undefined || this.appRoles.get(role_id) !== secret_id)
      return refusal(400, 'invalid role or secret ID');
    const token = `s.${randomBytes(8).toString('hex')}`;
    this.tokens.add(token);
    return { status: 200, body: { auth: { client_token: token, lease_duration: 2_764_800 } } };
  }

  private rotate(path: string): Answer {
    const versions = this.keys.get(path);
    if (versions === undefined) return refusal(404, 'no such key');
    versions.push(randomBytes(32));
    return { status: 200, body: { data: { latest_version: versions.length } } };
  }

  private encrypt(versions: Buffer[], { plaintext, associated_data }: Record<string, string>): Answer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', versions[versions.length - 1], nonce);
    cipher.setAAD(Buffer.from(associated_data, 'base64'));
    const sealed = Buffer.concat([
      nonce,
      cipher.update(plaintext, 'base64'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    const ciphertext = `vault:v${versions.length}:${sealed.toString('base64')}`;
    return { status: 200, body: { data: { ciphertext, key_version: versions.length } } };
  }

  private decrypt(versions: Buffer[], { ciphertext, associated_data }: Record<string, string>): Answer {
    const [, version, text] = /^vault:v(\d+):([\w+/=]+)$/.exec(ciphertext) ?? [];
    if (text === undefined) return refusal(400, 'invalid ciphertext: no prefix');
    if (Number(version) < this.minDecryptionVersion)
      return refusal(400, 'ciphertext or signature version is disallowed by policy (too old)');
    const sealed = Buffer.from(text, 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', versions[Number(version) - 1], sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(associated_data, 'base64'));
      decipher.setAuthTag(sealed.subarray(-16));
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return { status: 200, body: { data: { plaintext: plaintext.toString('base64') } } };
    } catch {
      return refusal(400, 'cipher: message authentication failed');
    }
  }
}
