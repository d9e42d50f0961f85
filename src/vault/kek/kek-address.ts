import { VaultError } from '#libs/messaging';

/** The key of a service that wraps the key-encryption key. */
export interface KekAddress {
  readonly provider: 'vault-transit' | 'aws-kms';
  /** `KEY` or `MOUNT/KEY` of Vault; id, ARN or `alias/NAME` of KMS. */
  readonly key: string;
}

const FORM: Readonly<Record<KekAddress['provider'], RegExp>> = {
  'vault-transit': /^(?:[\w.-]+\/)*[\w.-]+$/,
  'aws-kms': /^[\w:/-]{1,256}$/,
};

/** Whether a value of LACUNA_KEK names a service's key instead of being a key. */
export function isKekAddress(text: string): boolean {
  return /^(?:vault-transit|aws-kms):/.test(text);
}

/** @throws VaultError KEK_ADDRESS_MALFORMED */
export function parseKekAddress(text: string): KekAddress {
  const [, provider, key] = /^(vault-transit|aws-kms):(.*)$/.exec(text) ?? [];
  if (provider !== undefined && FORM[provider as KekAddress['provider']].test(key))
    return { provider: provider as KekAddress['provider'], key };
  throw new VaultError('KEK_ADDRESS_MALFORMED', 'that names no key of a key service', {
    nextStep: 'write vault-transit:KEY, vault-transit:MOUNT/KEY, or aws-kms: and a key id, ARN or alias/NAME',
  });
}

export function formatKekAddress({ provider, key }: KekAddress): string {
  return `${provider}:${key}`;
}
