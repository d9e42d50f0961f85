import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { KeyServiceError } from '#libs/messaging';

export interface ServiceRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Certificates that are trusted instead of the system's, PEM. */
  readonly ca?: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body: string;
}

const TIMEOUT = 10_000; // ms
const MAX_ANSWER = 64 * 1024;

/**
 * Posts JSON to a service that the operator named, and reads its answer, whatever its status is.
 *
 * @throws KeyServiceError KEY_SERVICE_UNREACHABLE, KEY_SERVICE_CERTIFICATE_REFUSED, KEY_SERVICE_ANSWER_MALFORMED
 */
export async function postToService({ url, headers, body, ca }: ServiceRequest): Promise<ServiceAnswer> {
  const text = JSON.stringify(body);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  try {
    return await new Promise((resolve, reject) => {
      const sent = send(
        url,
        {
          method: 'POST',
          headers: {
            ...headers,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          },
          agent: false,
          signal: AbortSignal.timeout(TIMEOUT),
          ...(ca !== undefined && { ca }),
        },
        (response) => void read(response).then(resolve, reject),
      );
      sent.on('error', reject);
      sent.end(text);
    });
  } catch (cause) {
    throw asServiceError(cause, url);
  }
}

async function read(response: IncomingMessage): Promise<ServiceAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER)
      throw new KeyServiceError(
        'KEY_SERVICE_ANSWER_MALFORMED',
        'the key service answers at too great length',
        {
          nextStep: 'check that VAULT_ADDR names a Vault',
        },
      );
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}

function asServiceError(cause: unknown, url: URL): KeyServiceError {
  if (cause instanceof KeyServiceError) return cause;
  const code = String((cause as { code?: unknown }).code);
  if (/CERT|SIGNED|SSL|TLS|EPROTO/.test(code))
    return new KeyServiceError('KEY_SERVICE_CERTIFICATE_REFUSED', 'the key service cannot show who it is', {
      facts: { host: url.host, reason: code },
      nextStep:
        'name the certificate of its authority in VAULT_CACERT, and check the host name in VAULT_ADDR',
      cause,
    });
  return new KeyServiceError('KEY_SERVICE_UNREACHABLE', 'the key service does not answer', {
    facts: { host: url.host, reason: code },
    nextStep: 'check that it runs, its address and the network between; then start again',
    cause,
  });
}
