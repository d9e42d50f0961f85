import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';
import { fromUtf8, utf8 } from '#libs/essentials';
import { sealingContext, type Vault } from '#libs/messaging';
import { machine, STAFF_ROLES, TOKEN_ROLES, type Principal, type StaffRole } from '#platform/callers';
import { AccessError } from './access-error.js';
import { SIGNATURES } from './host-tokens.js';
import { grantedRoles, type OidcSettings } from './oidc-settings.js';

/** Somebody whom the provider knows. */
export interface ProvidedIdentity {
  /** Issuer and subject: the only thing that stays the same. */
  readonly identity: string;
  readonly name: string;
  readonly roles: readonly StaffRole[];
}

/** What has to come back to the same browser. */
interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

export interface IdentityProviderParts {
  readonly settings: OidcSettings;
  readonly vault: Pick<Vault, 'ensureKey' | 'seal' | 'open'>;
  /** Where the provider sends people back to. */
  readonly redirectUri: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const SEALED_UNDER = 'access/oidc-flow';
const CONTEXT = sealingContext('access', 'oidc', 'flow');
const FLOW_LASTS = 600_000; // ms
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Signs staff in at an identity provider by authorization code with PKCE, state and nonce, and takes its access tokens from machines. */
export class IdentityProvider {
  private configuration: Promise<Configuration> | undefined;
  private keys: JWTVerifyGetKey | undefined;

  constructor(private readonly parts: IdentityProviderParts) {
    parts.vault.ensureKey(SEALED_UNDER);
  }

  get label(): string {
    return this.parts.settings.label;
  }

  /** @returns where to send the browser, and what it must bring back, sealed @throws AccessError OIDC_PROVIDER_UNREACHABLE */
  async start(): Promise<{ readonly url: string; readonly flow: string }> {
    const verifier = randomPKCECodeVerifier();
    const flow: Flow = {
      state: randomState(),
      nonce: randomNonce(),
      verifier,
      endsAt: this.parts.now() + FLOW_LASTS,
    };
    const url = buildAuthorizationUrl(await this.discovered(), {
      redirect_uri: this.parts.redirectUri,
      scope: 'openid profile',
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce: flow.nonce,
    });
    const sealed = this.parts.vault.seal(SEALED_UNDER, utf8(JSON.stringify(flow)), CONTEXT);
    return { url: url.href, flow: sealed };
  }

  /**
   * @param query of the request to which the provider sent the browser back
   * @param sealed the flow that the same browser brought
   * @throws AccessError OIDC_SIGN_IN_FAILED, OIDC_ROLE_MISSING, OIDC_PROVIDER_UNREACHABLE
   */
  async finish(query: string, sealed: string | undefined): Promise<ProvidedIdentity> {
    const { state, nonce, verifier } = this.flowOf(sealed);
    const current = new URL(`${this.parts.redirectUri}?${query}`);
    const tokens = await authorizationCodeGrant(await this.discovered(), current, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    }).catch((cause: unknown) => {
      throw failed(cause);
    });
    const claims = tokens.claims()!;
    const roles = grantedRoles(this.parts.settings, claims, STAFF_ROLES);
    if (roles.length === 0)
      throw new AccessError('OIDC_ROLE_MISSING', 'The identity provider grants no role here', {
        nextStep: 'Ask whoever keeps the provider for a role, and sign in again.',
      });
    const name = typeof claims.name === 'string' ? claims.name : claims.sub;
    return { identity: JSON.stringify([claims.iss, claims.sub]), name, roles };
  }

  /** A machine by its access token (RFC 9068); nobody when it is not one of the provider's, or not for us. */
  async machineOf(token: string): Promise<Principal | undefined> {
    const { settings } = this.parts;
    if (settings.audience === undefined || token.split('.').length !== 3) return undefined;
    const { issuer, jwks_uri: jwks } = (await this.discovered()).serverMetadata();
    if (jwks === undefined) return undefined;
    this.keys ??= createRemoteJWKSet(new URL(jwks));
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        issuer,
        audience: settings.audience,
        algorithms: SIGNATURES,
        requiredClaims: ['exp'],
        currentDate: new Date(this.parts.now()),
      });
      return machine(grantedRoles(settings, payload, TOKEN_ROLES));
    } catch {
      return undefined;
    }
  }

  private discovered(): Promise<Configuration> {
    this.configuration ??= this.discover();
    return this.configuration;
  }

  private async discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.parts.settings;
    const server = new URL(issuer);
    const isHere = server.protocol === 'http:' && LOOPBACK.has(server.hostname);
    try {
      return await discovery(server, clientId, clientSecret, undefined, {
        // The token comes straight from the provider; its signature is checked all the same.
        execute: [enableNonRepudiationChecks, ...(isHere ? [allowInsecureRequests] : [])],
      });
    } catch (cause) {
      this.configuration = undefined; // it may be reached the next time
      throw new AccessError('OIDC_PROVIDER_UNREACHABLE', 'The identity provider cannot be reached', {
        cause,
        nextStep: 'Try again later; the operator checks LACUNA_OIDC_ISSUER.',
      });
    }
  }

  private flowOf(sealed: string | undefined): Flow {
    try {
      const text = fromUtf8(this.parts.vault.open(SEALED_UNDER, sealed ?? '', CONTEXT));
      const flow = JSON.parse(text) as Flow;
      if (flow.endsAt > this.parts.now()) return flow;
    } catch (cause) {
      throw failed(cause);
    }
    throw failed();
  }
}

function failed(cause?: unknown): AccessError {
  return new AccessError('OIDC_SIGN_IN_FAILED', 'Signing in at the identity provider did not work', {
    cause,
    nextStep: 'Begin again at the portal, in the same browser and within ten minutes.',
  });
}
