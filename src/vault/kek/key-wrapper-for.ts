import type { KeyWrapper } from '#libs/messaging';
import { AwsKmsWrapper } from './aws-kms-wrapper.js';
import type { KekAddress } from './kek-address.js';
import { vaultSettingsOf, type Environment } from './vault-settings.js';
import { VaultTransitWrapper } from './vault-transit-wrapper.js';

/** The service behind an address, reached as the environment says. @throws KeyServiceError KEY_SERVICE_NOT_CONFIGURED */
export function keyWrapperFor({ provider, key }: KekAddress, env: Environment): KeyWrapper {
  switch (provider) {
    case 'vault-transit':
      return new VaultTransitWrapper(key, vaultSettingsOf(env));
    case 'aws-kms':
      return new AwsKmsWrapper(key);
  }
}
