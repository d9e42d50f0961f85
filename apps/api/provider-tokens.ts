import { TokenVerifier, type Principal } from '#platform/callers';
import type { IdentityProvider } from '#stages/access';

/** Tokens of the data folder, and access tokens of the identity provider. */
export class ProviderTokens extends TokenVerifier {
  constructor(
    private readonly ours: TokenVerifier,
    private readonly provider: Pick<IdentityProvider, 'machineOf'>,
  ) {
    super();
  }

  async verify(token: string): Promise<Principal | undefined> {
    return (await this.ours.verify(token)) ?? this.provider.machineOf(token);
  }
}
