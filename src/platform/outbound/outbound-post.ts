import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { OutboundError } from './outbound-error.js';
import { isPublicAddress } from './public-address.js';

/** What an operator allows beyond https to the public Internet. */
export interface OutboundPolicy {
  readonly allowHttp?: boolean;
  readonly allowPrivateAddresses?: boolean;
}

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface OutboundPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal;
}

export type OutboundFailure =
  | 'OUTBOUND_URL_REFUSED'
  | 'NAME_NOT_FOUND'
  | 'ADDRESS_NOT_PUBLIC'
  | 'UNREACHABLE'
  | 'CERTIFICATE_REFUSED'
  | 'TOO_SLOW'
  | 'ANSWER_TOO_LARGE';

export type OutboundAnswer =
  | { readonly status: number; readonly retryAfter?: number; readonly body: string }
  | { readonly failure: OutboundFailure };

export interface OutboundOptions {
  readonly policy?: OutboundPolicy;
  readonly resolve?: Resolve;
  /** Milliseconds from the look-up to the last byte. */
  readonly timeout?: number;
  /** Bytes of an answer that are read. */
  readonly maxAnswer?: number;
}

const TIMEOUT = 20_000; // Standard Webhooks 1.0 recommends 15 to 30 s
const MAX_ANSWER = 16 * 1024;
const MAX_URL = 2_048;

/**
 * Reads a URL that somebody outside chose. @throws OutboundError OUTBOUND_URL_MALFORMED, OUTBOUND_URL_NOT_HTTPS,
 * OUTBOUND_ADDRESS_NOT_PUBLIC when it names an address; what a host name stands for is looked at when something is sent
 */
export function checkOutboundUrl(
  text: string,
  { allowHttp, allowPrivateAddresses }: OutboundPolicy = {},
): URL {
  const url = text.length <= MAX_URL && URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === undefined || !isHttp || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new OutboundError('OUTBOUND_URL_MALFORMED', 'the URL is none that something can be sent to', {
      nextStep: 'Give an https URL without user, password and fragment.',
    });
  if (url.protocol === 'http:' && allowHttp !== true)
    throw new OutboundError('OUTBOUND_URL_NOT_HTTPS', 'personal data is sent over https only', {
      nextStep: 'Give an https URL; for a trial on one machine set recipients.allowHttp in lacuna.json.',
    });
  const address = addressIn(url);
  if (address !== undefined && allowPrivateAddresses !== true && !isPublicAddress(address))
    throw new OutboundError('OUTBOUND_ADDRESS_NOT_PUBLIC', 'the address is not one of the public Internet', {
      nextStep:
        'Give a public host; for one of your own network set recipients.allowPrivateAddresses in lacuna.json.',
    });
  return url;
}

/**
 * Posts to URLs that somebody outside chose, without becoming their hands in our network (SSRF): the name is resolved once, every address it
 * stands for must be public, and the connection goes to the address that was checked. Redirects are answers like any other and not followed;
 * answers and time are bounded.
 */
export class OutboundHttp {
  private readonly options: Required<OutboundOptions>;

  constructor(options: OutboundOptions = {}) {
    this.options = {
      policy: {},
      resolve: systemResolve,
      timeout: TIMEOUT,
      maxAnswer: MAX_ANSWER,
      ...options,
    };
  }

  /** Never throws for what the other side does. */
  async post(post: OutboundPost): Promise<OutboundAnswer> {
    const { policy, timeout } = this.options;
    const deadline = AbortSignal.timeout(timeout);
    const signal = post.signal === undefined ? deadline : AbortSignal.any([deadline, post.signal]);
    try {
      const url = checkOutboundUrl(post.url, policy);
      const address = await abortable(this.checkedAddress(url), signal);
      if (typeof address !== 'string') return address;
      return await this.send(url, address, post, signal);
    } catch (error) {
      return { failure: failureOf(error, deadline) };
    }
  }

  private async checkedAddress(url: URL): Promise<string | { readonly failure: OutboundFailure }> {
    const { policy, resolve } = this.options;
    const literal = addressIn(url);
    const addresses = literal === undefined ? await resolve(url.hostname).catch(() => []) : [literal];
    if (addresses.length === 0) return { failure: 'NAME_NOT_FOUND' };
    // All of them: a name with a public and a private address is somebody's try to be lucky.
    const areAllowed = policy.allowPrivateAddresses === true || addresses.every(isPublicAddress);
    return areAllowed ? addresses[0] : { failure: 'ADDRESS_NOT_PUBLIC' };
  }

  private send(
    url: URL,
    address: string,
    { headers, body }: OutboundPost,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    const isTls = url.protocol === 'https:';
    const options: RequestOptions & { servername?: string } = {
      host: address, // not the name: nothing is looked up again
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      signal,
      ...(isTls && addressIn(url) === undefined && { servername: url.hostname }),
    };
    return new Promise((resolve, reject) => {
      const sent = (isTls ? httpsRequest : httpRequest)(options, (response) => {
        this.read(response).then(resolve, reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  private async read(response: IncomingMessage): Promise<OutboundAnswer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > this.options.maxAnswer) {
        response.destroy();
        return { failure: 'ANSWER_TOO_LARGE' };
      }
      chunks.push(chunk);
    }
    const retryAfter = Number(response.headers['retry-after']); // RFC 9110 §10.2.3; dates are left to our own schedule
    return {
      status: response.statusCode ?? 0,
      body: Buffer.concat(chunks).toString('utf8'),
      ...(Number.isSafeInteger(retryAfter) && retryAfter > 0 && { retryAfter }),
    };
  }
}

/** The address that a URL names instead of a host. */
function addressIn({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}

const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/** Stops waiting when the signal says so; the look-up itself cannot be stopped. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function failureOf(error: unknown, deadline: AbortSignal): OutboundFailure {
  if (error instanceof OutboundError) return 'OUTBOUND_URL_REFUSED';
  if (deadline.aborted) return 'TOO_SLOW';
  const code = String((error as { code?: unknown }).code);
  return /CERT|SIGNED|SSL|TLS/.test(code) ? 'CERTIFICATE_REFUSED' : 'UNREACHABLE';
}
