import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface KmsKey {
  readonly versions: Buffer[];
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
}

interface KmsRequest {
  readonly KeyId: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

class Refusal extends Error {
  constructor(
    readonly type: string,
    readonly status = 400,
  ) {
    super(type);
  }
}

const ACCOUNT = 'arn:aws:kms:eu-central-1:111122223333:key/';

/**
 * Speaks what AWS KMS speaks (awsJson1.1, docs.aws.amazon.com/kms/latest/APIReference): really encrypts under keys with the encryption context as
 * associated data, wants requests that are signed for the service (SigV4), and refuses by KMS' exceptions.
 */
export class KmsServer {
  readonly accessKeys = new Set(['AKIDTEST']);
  readonly keys = new Map<string, KmsKey>();
  /** So many further calls are answered as above the request quota. */
  throttledFor = 0;
  calls = 0;
  private server: Server | undefined;

  constructor(ids: readonly string[] = ['11111111-2222-3333-4444-555555555555']) {
    for (const id of ids) this.keys.set(id, { versions: [randomBytes(32)], state: 'Enabled' });
  }

  /** @returns the address for AWS_ENDPOINT_URL_KMS */
  async listen(): Promise<string> {
    this.server = createServer((request, response) => void this.handle(request, response));
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls++;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const send = (status: number, body: object): void =>
      void response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(body));
    try {
      this.checkSignature(request);
      if (this.throttledFor-- > 0) throw new Refusal('ThrottlingException');
      send(200, this.answer(String(request.headers['x-amz-target']), JSON.parse(text) as KmsRequest));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(error.status, { __type: error.type, message: error.type });
    }
  }

  private checkSignature({ headers }: IncomingMessage): void {
    const scope =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[\w-]+\/kms\/aws4_request, .*Signature=[0-9a-f]{64}$/;
    const [, accessKey] = scope.exec(String(headers.authorization)) ?? [];
    if (accessKey === undefined) throw new Refusal('MissingAuthenticationTokenException');
    if (!this.accessKeys.has(accessKey)) throw new Refusal('UnrecognizedClientException');
  }

  private answer(target: string, request: KmsRequest): object {
    const id = request.KeyId.replace(ACCOUNT, '');
    const key = this.keys.get(id);
    if (key === undefined) throw new Refusal('NotFoundException');
    if (key.state === 'Disabled') throw new Refusal('DisabledException');
    if (key.state === 'PendingDeletion') throw new Refusal('KMSInvalidStateException');
    switch (target) {
      case 'TrentService.Encrypt':
        return { KeyId: `${ACCOUNT}${id}`, CiphertextBlob: seal(id, key, request) };
      case 'TrentService.Decrypt':
        return { KeyId: `${ACCOUNT}${id}`, Plaintext: open(id, key, request) };
      case 'TrentService.RotateKeyOnDemand':
        key.versions.push(randomBytes(32));
        return { KeyId: `${ACCOUNT}${id}` };
      default:
        throw new Refusal('UnknownOperationException', 404);
    }
  }
}

/** id (36) ‖ version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16) */
function seal(id: string, { versions }: KmsKey, { Plaintext, EncryptionContext }: KmsRequest): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions[versions.length - 1], nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(EncryptionContext)));
  const sealed = [cipher.update(Plaintext!, 'base64'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([Buffer.from(id), Buffer.from([versions.length]), nonce, ...sealed]).toString(
    'base64',
  );
}

function open(id: string, { versions }: KmsKey, { CiphertextBlob, EncryptionContext }: KmsRequest): string {
  const blob = Buffer.from(CiphertextBlob!, 'base64');
  if (blob.length < 65) throw new Refusal('InvalidCiphertextException');
  if (blob.subarray(0, 36).toString() !== id) throw new Refusal('IncorrectKeyException');
  try {
    const decipher = createDecipheriv('aes-256-gcm', versions[blob[36] - 1], blob.subarray(37, 49));
    decipher.setAAD(Buffer.from(JSON.stringify(EncryptionContext)));
    decipher.setAuthTag(blob.subarray(-16));
    return Buffer.concat([decipher.update(blob.subarray(49, -16)), decipher.final()]).toString('base64');
  } catch {
    throw new Refusal('InvalidCiphertextException');
  }
}
