import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { describeKeyWrapperContract, refusalOf, refusalOfAsync } from '#libs/testkit';
import { keyWrapperFor, parseKekAddress } from '#stages/vault';
import { KmsServer } from './support/kms-server.js';
import { TemporaryFolders } from './support/small-installation.js';
import { VaultTransitServer } from './support/vault-transit-server.js';

const kek = new Uint8Array(32).fill(5);
const KMS_KEYS = ['11111111-2222-3333-4444-555555555555', '99999999-2222-3333-4444-555555555555'];
const AWS = [
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_ENDPOINT_URL_KMS',
  'AWS_EC2_METADATA_DISABLED',
];
const localhost = (kind: 'key' | 'crt'): string =>
  fileURLToPath(new URL(`support/tls/localhost.${kind}`, import.meta.url));

const transit = (key: string, env: Record<string, string>) =>
  keyWrapperFor(parseKekAddress(`vault-transit:${key}`), env);
const kms = (key: string) => keyWrapperFor(parseKekAddress(`aws-kms:${key}`), {});

function setAws(endpoint: string, accessKey = 'AKIDTEST'): void {
  const values = ['eu-central-1', accessKey, 'secret', endpoint, 'true'];
  AWS.forEach((name, at) => (process.env[name] = values[at]));
}

describeKeyWrapperContract('Vault transit, over a stand-in', async () => {
  const server = new VaultTransitServer(['lacuna', 'other']);
  const env = { VAULT_ADDR: await server.listen(), VAULT_TOKEN: 's.root' };
  return { wrapper: transit('lacuna', env), another: transit('other', env), close: () => server.close() };
});

const before = new Map(AWS.map((name) => [name, process.env[name]]));
function restoreAws(): void {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
}

describeKeyWrapperContract('AWS KMS, over a stand-in', async () => {
  const server = new KmsServer(KMS_KEYS);
  setAws(await server.listen());
  return {
    wrapper: kms(KMS_KEYS[0]),
    another: kms(KMS_KEYS[1]),
    close: async () => {
      restoreAws();
      await server.close();
    },
  };
});

// Real services, where somebody names one with two keys: LACUNA_TEST_VAULT_KEYS=a,b with VAULT_…, LACUNA_TEST_KMS_KEYS=id,id with AWS_….
for (const [name, provider] of [
  ['LACUNA_TEST_VAULT_KEYS', 'vault-transit'],
  ['LACUNA_TEST_KMS_KEYS', 'aws-kms'],
] as const) {
  const keys = process.env[name]?.split(',');
  if (keys === undefined) continue;
  describeKeyWrapperContract(`${provider}, the real one`, async () => {
    const [wrapper, another] = keys.map((key) =>
      keyWrapperFor(parseKekAddress(`${provider}:${key}`), process.env),
    );
    return { wrapper, another };
  });
}

describe('the address of a service’s key', () => {
  it.each([
    'vault-transit:lacuna',
    'vault-transit:team/transit/lacuna',
    'aws-kms:alias/lacuna',
    'aws-kms:arn:aws:kms:eu-central-1:111122223333:key/1',
  ])('may be %s', (text) => {
    const { provider, key } = parseKekAddress(text);
    expect(`${provider}:${key}`).toBe(text);
  });

  it.each([
    'vault-transit:',
    'vault-transit:../sys/seal?',
    'vault-transit:a//b',
    'aws-kms:',
    'aws-kms:a b',
    'gcp-kms:x',
    '',
  ])('is refused when it is %p', (text) => {
    expect(refusalOf(() => parseKekAddress(text))).toBe('KEK_ADDRESS_MALFORMED');
  });
});

describe('Vault', () => {
  const folders = new TemporaryFolders();
  let server: VaultTransitServer;
  let env: Record<string, string>;
  beforeEach(async () => {
    server = new VaultTransitServer();
    env = { VAULT_ADDR: await server.listen(), VAULT_TOKEN: 's.root' };
  });
  afterEach(() => server.close());
  afterAll(() => folders.remove());

  it('is logged in to by a token, a file with a token, or an AppRole', async () => {
    const files = { token: folders.next(), secret: folders.next() };
    writeFileSync(files.token, 's.root\n');
    writeFileSync(files.secret, 'secret-1\n');
    for (const login of [
      { VAULT_TOKEN: 's.root' },
      { VAULT_TOKEN_FILE: files.token },
      { VAULT_ROLE_ID: 'role-1', VAULT_SECRET_ID: 'secret-1' },
      { VAULT_ROLE_ID: 'role-1', VAULT_SECRET_ID_FILE: files.secret },
    ] as Record<string, string>[]) {
      const wrapper = transit('lacuna', { VAULT_ADDR: env.VAULT_ADDR, ...login });
      expect(await wrapper.unwrap(await wrapper.wrap(kek, 'x'), 'x')).toEqual(kek);
    }
    const wrong = { VAULT_ADDR: env.VAULT_ADDR, VAULT_ROLE_ID: 'role-1', VAULT_SECRET_ID: 'guessed' };
    expect(await refusalOfAsync(() => transit('lacuna', wrong).wrap(kek, 'x'))).toBe('KEY_SERVICE_DENIED');
  });

  it('is asked in the namespace and at the mount that were named', async () => {
    server.namespace = 'team-a';
    server.mount('crypto/transit/kek');
    const wrapper = transit('crypto/transit/kek', { ...env, VAULT_NAMESPACE: 'team-a' });
    expect(await wrapper.wrap(kek, 'x')).toMatch(/^vault:v1:/);
    expect(await refusalOfAsync(() => transit('kek', env).wrap(kek, 'x'))).toBe('KEY_SERVICE_KEY_UNKNOWN');
  });

  it('is trusted over TLS by the certificate that was named, and by no other', async () => {
    await server.close();
    const [key, cert] = (['key', 'crt'] as const).map((kind) => readFileSync(localhost(kind), 'utf8'));
    const address = await server.listen({ key, cert });
    const named = { VAULT_ADDR: address, VAULT_TOKEN: 's.root' };
    const wrapper = transit('lacuna', { ...named, VAULT_CACERT: localhost('crt') });
    expect(await wrapper.unwrap(await wrapper.wrap(kek, 'x'), 'x')).toEqual(kek);
    expect(await refusalOfAsync(() => transit('lacuna', named).wrap(kek, 'x'))).toBe(
      'KEY_SERVICE_CERTIFICATE_REFUSED',
    );
  });

  it('is asked again while it changes its leader, and not for what stays as it is', async () => {
    server.unavailableFor = 2;
    expect(await transit('lacuna', env).wrap(kek, 'x')).toMatch(/^vault:v1:/);
    expect(server.calls).toBe(3);
    server.calls = 0;
    expect(
      await refusalOfAsync(() => transit('lacuna', { ...env, VAULT_TOKEN: 's.old' }).wrap(kek, 'x')),
    ).toBe('KEY_SERVICE_DENIED');
    expect(server.calls).toBe(1);
  });

  it.each([
    ['KEY_SERVICE_SEALED', (at: VaultTransitServer) => (at.sealed = true)],
    ['KEY_SERVICE_DENIED', (at: VaultTransitServer) => at.tokens.clear()],
    ['KEY_SERVICE_BUSY', (at: VaultTransitServer) => (at.unavailableFor = 100)],
    ['KEY_SERVICE_KEY_DISABLED', (at: VaultTransitServer) => (at.minDecryptionVersion = 2)],
    ['KEY_SERVICE_UNREACHABLE', (at: VaultTransitServer) => at.close()],
  ] as [string, (at: VaultTransitServer) => unknown][])(
    'refuses with %s, says what to do, and quotes no token',
    async (code, happen) => {
      const wrapper = transit('lacuna', env);
      const wrapped = await wrapper.wrap(kek, 'x');
      await happen(server);
      const error = (await wrapper.unwrap(wrapped, 'x').catch((refused: unknown) => refused)) as Error;
      expect(error).toMatchObject({ code, nextStep: expect.stringMatching(/\w+/) });
      expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(
        's.root',
      );
    },
  );

  it.each([
    [{ VAULT_TOKEN: 't' }],
    [{ VAULT_TOKEN: 't', VAULT_ADDR: 'vault:8200' }],
    [{ VAULT_TOKEN: 't', VAULT_ADDR: 'http://vault.example:8200' }],
    [{ VAULT_ADDR: 'https://vault.example:8200' }],
    [{ VAULT_ADDR: 'https://vault.example:8200', VAULT_ROLE_ID: 'role-1' }],
    [{ VAULT_ADDR: 'https://vault.example:8200', VAULT_TOKEN_FILE: path.join('nowhere', 'token') }],
    [
      {
        VAULT_ADDR: 'https://vault.example:8200',
        VAULT_TOKEN: 't',
        VAULT_CACERT: path.join('nowhere', 'ca'),
      },
    ],
  ] as [Record<string, string>][])('is not even asked with %j', (settings) => {
    expect(refusalOf(() => transit('lacuna', settings))).toBe('KEY_SERVICE_NOT_CONFIGURED');
  });
});

describe('KMS', () => {
  let server: KmsServer;
  let endpoint: string;
  beforeAll(() => {
    restoreAws();
  });
  beforeEach(async () => {
    server = new KmsServer(KMS_KEYS);
    endpoint = await server.listen();
    setAws(endpoint);
  });
  afterEach(async () => {
    restoreAws();
    await server.close();
  });

  it('is asked again when it is above its quota for a moment', async () => {
    server.throttledFor = 2;
    expect(await kms(KMS_KEYS[0]).wrap(kek, 'x')).toMatch(/^[\w+/]+=*$/);
    expect(server.calls).toBe(3);
  });

  it.each([
    ['KEY_SERVICE_BUSY', (at: KmsServer) => (at.throttledFor = 100)],
    ['KEY_SERVICE_DENIED', (at: KmsServer) => at.accessKeys.clear()],
    ['KEY_SERVICE_KEY_DISABLED', (at: KmsServer) => (at.keys.get(KMS_KEYS[0])!.state = 'Disabled')],
    ['KEY_SERVICE_KEY_DISABLED', (at: KmsServer) => (at.keys.get(KMS_KEYS[0])!.state = 'PendingDeletion')],
    ['KEY_SERVICE_KEY_UNKNOWN', (at: KmsServer) => at.keys.delete(KMS_KEYS[0])],
    ['KEY_SERVICE_UNREACHABLE', (at: KmsServer) => at.close()],
    ['KEY_SERVICE_NOT_CONFIGURED', () => delete process.env.AWS_REGION],
  ] as [string, (at: KmsServer) => unknown][])(
    'refuses with %s, says what to do, and quotes no credentials',
    async (code, happen) => {
      const wrapper = kms(KMS_KEYS[0]);
      const wrapped = await wrapper.wrap(kek, 'x');
      await happen(server);
      const error = (await wrapper.unwrap(wrapped, 'x').catch((refused: unknown) => refused)) as Error;
      expect(error).toMatchObject({ code, nextStep: expect.stringMatching(/\w+/) });
      expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(
        'AKIDTEST',
      );
    },
  );
});
