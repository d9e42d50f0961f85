import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export interface ProviderUser {
  readonly sub: string;
  readonly name: string;
  readonly roles: readonly string[];
}

interface Authorization {
  readonly user: ProviderUser;
  readonly challenge: string;
  readonly nonce: string | null;
  readonly redirectUri: string;
}

const KID = 'key-1';
const ALGORITHM = 'ES256';

/** What the provider does wrong, for tests of what we make of it. */
export type Misdeed = 'other-nonce' | 'other-audience' | 'other-key' | 'expired';

/** A small OpenID provider: discovery, authorization code with PKCE, token, keys. It signs in whoever is `user` without asking. */
export class OidcProvider {
  user: ProviderUser = { sub: 'u1', name: 'Olga', roles: ['dpo'] };
  misdeed: Misdeed | undefined;
  private readonly codes = new Map<string, Authorization>();

  private constructor(
    private readonly server: Server,
    private readonly key: CryptoKey,
    private readonly otherKey: CryptoKey,
    private readonly publicKey: JWK,
    readonly clientId: string,
    private readonly clientSecret: string,
  ) {}

  static async open(clientId: string, clientSecret: string): Promise<OidcProvider> {
    const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
    const other = await generateKeyPair(ALGORITHM);
    const jwk = { ...(await exportJWK(publicKey)), kid: KID, alg: ALGORITHM, use: 'sig' };
    const server = createServer((request, response) => void provider.answer(request, response));
    const provider = new OidcProvider(server, privateKey, other.privateKey, jwk, clientId, clientSecret);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get jwks(): string {
    return `${this.issuer}/jwks`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((closed) => void this.server.close(() => closed()));
  }

  /** Any token signed by the provider, valid for a minute unless it says otherwise. */
  sign(claims: Record<string, unknown>, key = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.issuer, iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: ALGORITHM, kid: KID })
      .sign(key);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.issuer);
    const json = (body: object, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json(this.metadata());
      case '/jwks':
        return json({ keys: [this.publicKey] });
      case '/authorize':
        response.writeHead(302, { location: this.authorize(searchParams) }).end();
        return;
      case '/token': {
        const form = new URLSearchParams(await bodyOf(request));
        const tokens = await this.redeem(form, request.headers.authorization);
        return tokens === undefined ? json({ error: 'invalid_grant' }, 400) : json(tokens);
      }
      default:
        response.writeHead(404).end();
    }
  }

  private metadata(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: this.jwks,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    };
  }

  private authorize(asked: URLSearchParams): string {
    const redirectUri = asked.get('redirect_uri')!;
    const code = randomBytes(16).toString('hex');
    this.codes.set(code, {
      user: this.user,
      challenge: asked.get('code_challenge')!,
      nonce: asked.get('nonce'),
      redirectUri,
    });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state')!);
    return back.href;
  }

  private async redeem(form: URLSearchParams, basic: string | undefined): Promise<object | undefined> {
    const given = this.codes.get(form.get('code') ?? '');
    this.codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const secret = form.get('client_secret') ?? secretOf(basic);
    if (given === undefined || given.challenge !== challenge || secret !== this.clientSecret)
      return undefined;
    if (given.redirectUri !== form.get('redirect_uri')) return undefined;
    const now = Math.floor(Date.now() / 1000);
    const idToken = await this.sign(
      {
        ...given.user,
        aud: this.misdeed === 'other-audience' ? 'another-client' : this.clientId,
        nonce: this.misdeed === 'other-nonce' ? 'another' : given.nonce,
        ...(this.misdeed === 'expired' && { iat: now - 7_200, exp: now - 3_600 }),
      },
      this.misdeed === 'other-key' ? this.otherKey : this.key,
    );
    return { access_token: 'opaque', token_type: 'Bearer', expires_in: 60, id_token: idToken };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function secretOf(basic: string | undefined): string | undefined {
  const [, encoded = ''] = /^Basic (.+)$/.exec(basic ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString().split(':')[1];
}
