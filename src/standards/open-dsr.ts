import { toBase64, utf8 } from '#libs/essentials';
import type { RequestState } from '#libs/erasure';
import { checkOutboundUrl, type OutboundPolicy } from '#platform/outbound';
import {
  OPENDSR_IDENTITIES,
  OPENDSR_KINDS,
  OPENDSR_VERSION,
  parseOpenDsrRequest,
  type OpenDsrIdentity,
} from './opendsr-request.js';
import type { OpenDsrSigner } from './opendsr-signer.js';
import type { ProtocolRequests } from './ports.js';
import type { ResultLinks } from './result-links.js';
import type { StandardsBook } from './standards-book.js';
import { requestUnknown, StandardsError } from './standards-error.js';
import type { OpenDsrSettings } from './standards-settings.js';

/** A body with the headers that prove whose it is. */
export interface SignedAnswer {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface OpenDsrParts {
  /** Absent: not offered. */
  readonly offer?: { readonly settings: OpenDsrSettings; readonly signer: OpenDsrSigner };
  readonly policy: OutboundPolicy;
  readonly requests: ProtocolRequests;
  readonly book: StandardsBook;
  readonly results: Pick<ResultLinks, 'to'>;
  /** ISO 8601. */
  readonly now: () => string;
}

/** OpenDSR 2.0 over our requests: a controller whose processor we are sends what its people ask for. */
export class OpenDsr {
  constructor(private readonly parts: OpenDsrParts) {}

  /** §6 */
  discovery(): object {
    const { domain } = this.offered().settings;
    return {
      api_version: OPENDSR_VERSION,
      supported_identities: OPENDSR_IDENTITIES.map((type) => ({
        identity_type: type,
        identity_format: 'raw',
      })),
      supported_subject_request_types: OPENDSR_KINDS,
      processor_certificate: `https://${domain}/opendsr/certificate.pem`,
    };
  }

  certificate(): string {
    return this.offered().signer.certificate;
  }

  /**
   * §7; a repetition of the same request is answered in the same way.
   *
   * @param body exactly as it came
   * @throws StandardsError OPENDSR_…; ErasureError SUBJECT_UNKNOWN, REQUEST_ID_REUSED; OutboundError
   */
  async submit(body: string): Promise<SignedAnswer> {
    const { requests, book, policy } = this.parts;
    const { controllerId } = this.offered().settings;
    const {
      subjectRequestId: requestId,
      kind,
      regulation: regime,
      identities,
      callbacks,
    } = parseOpenDsrRequest(body);
    for (const url of callbacks) checkOutboundUrl(url, policy);
    const known = book.find(requestId) === undefined ? undefined : requests.find(requestId);
    const subject = known?.subject ?? this.subjectOf(identities);
    await book.note(requestId, 'opendsr', controllerId, { callbacks });
    const identity = 'controller-attested';
    const state = await requests.file({ requestId, kind, subject, channel: 'opendsr', identity, regime });
    return this.signed({
      controller_id: controllerId,
      expected_completion_time: state.dueAt,
      received_time: state.receivedAt,
      encoded_request: toBase64(utf8(body)),
      subject_request_id: requestId,
    });
  }

  /** §8.1 @throws StandardsError STANDARD_REQUEST_UNKNOWN */
  status(requestId: string): SignedAnswer {
    return this.signed({ ...this.statusOf(this.state(requestId)), api_version: OPENDSR_VERSION });
  }

  /** §9 @throws StandardsError STANDARD_REQUEST_UNKNOWN, OPENDSR_NOT_PENDING */
  async cancel(requestId: string): Promise<SignedAnswer> {
    const state = this.state(requestId);
    const status = openDsrStatusOf(state);
    if (status === 'in_progress' || status === 'completed')
      throw new StandardsError('OPENDSR_NOT_PENDING', 'the request is not pending any more', {
        facts: { requestId },
      });
    if (status === 'pending') await this.parts.requests.cancel(requestId);
    return this.signed({
      controller_id: this.offered().settings.controllerId,
      subject_request_id: requestId,
      received_time: this.parts.now(),
      api_version: OPENDSR_VERSION,
    });
  }

  /** Body of a callback (§8.6). */
  callbackBody(state: RequestState, url: string): string {
    return JSON.stringify({ ...this.statusOf(state), status_callback_url: url });
  }

  /** §8.3 */
  headersFor(body: string): Readonly<Record<string, string>> {
    const { settings, signer } = this.offered();
    return {
      'content-type': 'application/json',
      'x-opendsr-processor-domain': settings.domain,
      'x-opendsr-signature': signer.sign(body),
    };
  }

  private signed(answer: object): SignedAnswer {
    const body = JSON.stringify(answer);
    return { body, headers: this.headersFor(body) };
  }

  private statusOf(state: RequestState) {
    const { controllerId, domain } = this.offered().settings;
    const results = this.parts.results.to(`https://${domain}`, state);
    return {
      controller_id: controllerId,
      expected_completion_time: state.dueAt,
      subject_request_id: state.requestId,
      request_status: openDsrStatusOf(state),
      ...(results && { results_url: results.url }),
    };
  }

  private state(requestId: string): RequestState {
    this.parts.book.get(requestId, 'opendsr', this.offered().settings.controllerId);
    const state = this.parts.requests.find(requestId);
    if (state === undefined) throw requestUnknown();
    return state;
  }

  private subjectOf(identities: readonly OpenDsrIdentity[]): string {
    const found = new Set(identities.flatMap(({ value }) => this.parts.requests.subjectBehind(value) ?? []));
    if (found.size > 1)
      throw new StandardsError('OPENDSR_IDENTITIES_DISAGREE', 'the identities are of different people', {
        nextStep: 'Send a request for each person.',
      });
    const [subject] = found;
    if (subject !== undefined) return subject;
    throw requestUnknownSubject();
  }

  private offered(): NonNullable<OpenDsrParts['offer']> {
    if (this.parts.offer !== undefined) return this.parts.offer;
    throw new StandardsError('STANDARD_NOT_OFFERED', 'OpenDSR is not offered here', {
      nextStep: 'The operator can offer it: `opendsr` in lacuna.json, and a certificate.',
    });
  }
}

function requestUnknownSubject(): StandardsError {
  return new StandardsError('OPENDSR_SUBJECT_UNKNOWN', 'none of the identities is known here', {
    nextStep: 'There is nothing to do for this person; nothing was stored about the request.',
  });
}

/**
 * Our state in the words of §8. The protocol has none for a refusal: `cancelled` is the one that does not say that something was done.
 */
export function openDsrStatusOf(state: RequestState): 'pending' | 'in_progress' | 'completed' | 'cancelled' {
  switch (state.status) {
    case 'submitted':
    case 'verified':
    case 'accepted':
    case 'quarantined':
      return 'pending';
    case 'closed':
    case 'closed-answered':
      return 'completed';
    case 'refused':
    case 'closed-refused':
    case 'closed-cancelled':
    case 'reversing':
    case 'released':
    case 'expired':
      return 'cancelled';
    default:
      return 'in_progress';
  }
}
