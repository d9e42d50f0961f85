import type { KMSClient } from '@aws-sdk/client-kms';
import { KeyServiceError, type KeyServiceErrorCode, type KeyWrapper } from '#libs/messaging';

type Kms = typeof import('@aws-sdk/client-kms');

/** Name in the encryption context; policies may ask for it (kms:EncryptionContext:lacuna:installation). */
const CONTEXT = 'lacuna:installation';
const ATTEMPTS = 3;
const TIMEOUT = 10_000; // ms

/** A symmetric key of AWS KMS. Region, credentials and endpoint come from where AWS' tools look for them (AWS_REGION, profiles, roles). */
export class AwsKmsWrapper implements KeyWrapper {
  private client: KMSClient | undefined;

  /** @param key id, ARN or `alias/NAME` */
  constructor(private readonly key: string) {}

  async wrap(kek: Uint8Array, context: string): Promise<string> {
    const { CiphertextBlob } = await this.ask((kms, client) =>
      client.send(
        new kms.EncryptCommand({
          KeyId: this.key,
          Plaintext: kek,
          EncryptionContext: { [CONTEXT]: context },
        }),
      ),
    );
    return Buffer.from(present(CiphertextBlob)).toString('base64');
  }

  async unwrap(wrapped: string, context: string): Promise<Uint8Array> {
    const { Plaintext } = await this.ask((kms, client) =>
      client.send(
        new kms.DecryptCommand({
          KeyId: this.key, // else KMS would take whatever key the ciphertext names
          CiphertextBlob: Buffer.from(wrapped, 'base64'),
          EncryptionContext: { [CONTEXT]: context },
        }),
      ),
    );
    return Uint8Array.from(present(Plaintext));
  }

  async rotate(): Promise<void> {
    await this.ask((kms, client) => client.send(new kms.RotateKeyOnDemandCommand({ KeyId: this.key })));
  }

  /** The client is large and loaded only where it is used. */
  private async ask<T>(call: (kms: Kms, client: KMSClient) => Promise<T>): Promise<T> {
    const kms = await import('@aws-sdk/client-kms');
    try {
      this.client ??= new kms.KMSClient({
        maxAttempts: ATTEMPTS,
        requestHandler: { requestTimeout: TIMEOUT, connectionTimeout: TIMEOUT },
      });
      return await call(kms, this.client);
    } catch (cause) {
      throw refusalOf(cause);
    } finally {
      this.client?.destroy(); // sockets only; the next call, if any, opens its own
      this.client = undefined;
    }
  }
}

interface Refusal {
  readonly code: KeyServiceErrorCode;
  readonly message: string;
  readonly nextStep: string;
}

const DENIED: Refusal = {
  code: 'KEY_SERVICE_DENIED',
  message: 'KMS does not allow it',
  nextStep:
    'check the credentials, and that the policies of role and key allow kms:Encrypt and kms:Decrypt (for rotations kms:RotateKeyOnDemand) with this installation’s encryption context',
};
const DISABLED: Refusal = {
  code: 'KEY_SERVICE_KEY_DISABLED',
  message: 'the key of KMS is disabled, or about to be deleted',
  nextStep: 'enable it, or cancel its deletion, at once: without it nothing in the vault can be opened',
};
const WRONG: Refusal = {
  code: 'KEY_SERVICE_KEY_WRONG',
  message: 'this key of KMS does not open what is stored',
  nextStep:
    'check that LACUNA_KEK names the key that wrapped it, and that kek.wrapped belongs to this data folder',
};
const BUSY: Refusal = {
  code: 'KEY_SERVICE_BUSY',
  message: 'KMS cannot answer at the moment',
  nextStep: 'wait, look at the service’s health and at your request quota, then start again',
};
const NOT_CONFIGURED: Refusal = {
  code: 'KEY_SERVICE_NOT_CONFIGURED',
  message: 'region or credentials of AWS are missing',
  nextStep: 'set AWS_REGION, and AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY or a role',
};
const UNKNOWN: Refusal = {
  code: 'KEY_SERVICE_KEY_UNKNOWN',
  message: 'KMS has no such key in this region',
  nextStep: 'check the key in LACUNA_KEK, AWS_REGION and the account',
};

/** Names of exceptions: docs.aws.amazon.com/kms/latest/APIReference, "Decrypt" and "Common Errors". */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  AccessDeniedException: DENIED,
  UnrecognizedClientException: DENIED,
  InvalidClientTokenId: DENIED,
  InvalidSignatureException: DENIED,
  IncompleteSignature: DENIED,
  ExpiredTokenException: DENIED,
  NotAuthorized: DENIED,
  DisabledException: DISABLED,
  KMSInvalidStateException: DISABLED,
  InvalidKeyUsageException: WRONG,
  IncorrectKeyException: WRONG,
  InvalidCiphertextException: WRONG,
  NotFoundException: UNKNOWN,
  ThrottlingException: BUSY,
  LimitExceededException: BUSY,
  KeyUnavailableException: BUSY,
  DependencyTimeoutException: BUSY,
  KMSInternalException: BUSY,
  InternalFailure: BUSY,
  ServiceUnavailable: BUSY,
  CredentialsProviderError: NOT_CONFIGURED,
};

/** The cause is left away: the client's errors carry whole answers. */
function refusalOf(cause: unknown): KeyServiceError {
  if (cause instanceof KeyServiceError) return cause;
  const { name, message } = cause as Error;
  if (/region is missing/i.test(message)) return refused(NOT_CONFIGURED, 'AWS_REGION');
  if (Object.hasOwn(REFUSALS, name)) return refused(REFUSALS[name], name);
  return new KeyServiceError('KEY_SERVICE_UNREACHABLE', 'KMS does not answer', {
    facts: { reason: (cause as { code?: string }).code ?? name },
    nextStep: 'check the network, AWS_REGION and AWS_ENDPOINT_URL_KMS; then start again',
  });
}

function refused({ code, message, nextStep }: Refusal, reason: string): KeyServiceError {
  return new KeyServiceError(code, message, { facts: { reason }, nextStep });
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes !== undefined) return bytes;
  throw new KeyServiceError('KEY_SERVICE_ANSWER_MALFORMED', 'that is not how KMS answers', {
    nextStep: 'check AWS_ENDPOINT_URL_KMS',
  });
}
