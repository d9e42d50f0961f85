import type { RequestState } from '#libs/erasure';
import { fromBase64, toHex } from '#libs/essentials';
import { namedEventId } from '#libs/messaging';
import { nodeVerifySignature } from '#platform/crypto';
import { checkOutboundUrl, type OutboundPolicy } from '#platform/outbound';
import { checkDrpClaims, openDrpMessage, textClaim, type DrpMessage } from './drp-message.js';
import { drpStatusOf, type DrpStatus } from './drp-status.js';
import type { DrpTokens } from './drp-tokens.js';
import type { ProtocolFiling, ProtocolRequests } from './ports.js';
import type { ResultLinks } from './result-links.js';
import type { StandardsBook } from './standards-book.js';
import { requestUnknown, StandardsError } from './standards-error.js';
import type { DrpSettings } from './standards-settings.js';

type Agent = DrpSettings['agents'][number];

export interface DataRightsParts {
  /** Absent: not offered. */
  readonly settings?: DrpSettings;
  readonly policy: OutboundPolicy;
  readonly requests: ProtocolRequests;
  readonly book: StandardsBook;
  readonly results: Pick<ResultLinks, 'to'>;
  /** Where agents reach this installation, without a slash at the end. */
  readonly origin: string;
  readonly tokens: DrpTokens;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** DRP 1.0 §3.01; sale:opt-out and sale:opt-in have no meaning here, for nothing is sold. */
const KINDS: Readonly<Record<string, ProtocolFiling['kind'] | undefined>> = {
  deletion: 'erasure',
  access: 'access',
  'access:categories': 'access',
  'access:specific': 'access',
};
const MAX_CALLBACK = 2_048;

/** The Data Rights Protocol 1.0 over our requests: agents sign for people whom they have identified. */
export class DataRights {
  constructor(private readonly parts: DataRightsParts) {}

  /** POST /v1/agent/{id}: a token for whoever holds the key of the directory. @throws StandardsError DRP_… */
  setUp(agentId: string, message: string): { readonly 'agent-id': string; readonly token: string } {
    const agent = this.agent(agentId);
    const { claims } = this.open(agent, message);
    checkDrpClaims(claims, this.expected(agent));
    return { 'agent-id': agentId, token: this.parts.tokens.mint(agentId, agent.verifyKey) };
  }

  /** GET /v1/agent/{id}. @throws StandardsError DRP_TOKEN_INVALID */
  requireToken(agentId: string, authorization: string | undefined): void {
    if (this.caller(authorization).id !== agentId) throw tokenInvalid();
  }

  /** POST /v1/data-rights-request. @throws StandardsError DRP_…; ErasureError */
  async exercise(authorization: string | undefined, message: string): Promise<DrpStatus> {
    const { requests, book, policy } = this.parts;
    const agent = this.caller(authorization);
    const { claims, signature } = this.open(agent, message);
    checkDrpClaims(claims, this.expected(agent));
    const kind = kindOf(claims);
    const regime = regimeOf(claims);
    const theirId = textClaim(claims, 'agent-request-id');
    const callback = textClaim(claims, 'status_callback', MAX_CALLBACK);
    if (callback !== undefined) checkOutboundUrl(callback, policy);
    const requestId = namedEventId('DataRightsRequest', agent.id, toHex(signature)); // one message, one request
    if (requests.find(requestId) !== undefined)
      throw new StandardsError('DRP_REPLAYED', 'this message has been carried out already', {
        facts: { requestId },
        nextStep: 'Ask for the status of the request; sign a new message for a new one.',
      });
    const subject = requests.subjectBehind(verifiedAddress(claims));
    if (subject === undefined) return this.noMatch(requestId, theirId);
    const callbacks = callback === undefined ? [] : [callback];
    await book.note(requestId, 'drp', agent.id, { callbacks, ...(theirId !== undefined && { theirId }) });
    const identity = 'agent-attested';
    return this.statusOf(
      await requests.file({ requestId, kind, subject, channel: 'drp', identity, regime }),
      theirId,
    );
  }

  /** GET /v1/data-rights-request/{id}. @throws StandardsError DRP_TOKEN_INVALID, STANDARD_REQUEST_UNKNOWN */
  status(authorization: string | undefined, requestId: string): DrpStatus {
    const { theirId } = this.parts.book.get(requestId, 'drp', this.caller(authorization).id);
    const state = this.parts.requests.find(requestId);
    if (state === undefined) throw requestUnknown(); // a crash came between the note and the filing
    return this.statusOf(state, theirId);
  }

  /** DELETE /v1/data-rights-request/{id}; a request that was revoked stays so. @throws StandardsError DRP_…; ErasureError */
  async revoke(authorization: string | undefined, requestId: string, message: string): Promise<DrpStatus> {
    const agent = this.caller(authorization);
    this.open(agent, message); // the reason is the person's own and nobody needs it here
    const current = this.status(authorization, requestId);
    if (current.status === 'revoked') return current;
    if (current.status !== 'open' && current.status !== 'in_progress')
      throw new StandardsError('DRP_NOT_OPEN', 'the request has come to its end', { facts: { requestId } });
    return this.statusOf(await this.parts.requests.cancel(requestId), current.agent_request_id);
  }

  /** What an agent is told, when it asks and when it is called back. */
  statusOf(state: RequestState, theirId: string | undefined): DrpStatus {
    const { results, origin } = this.parts;
    return drpStatusOf(state, theirId, results.to(origin, state));
  }

  private noMatch(requestId: string, theirId: string | undefined): DrpStatus {
    const now = new Date(this.parts.now()).toISOString();
    return {
      request_id: requestId,
      ...(theirId !== undefined && { agent_request_id: theirId }),
      received_at: now,
      expected_by: now,
      status: 'denied',
      reason: 'no_match',
      processing_details: 'Nothing is stored about this person, and nothing about this request.',
    };
  }

  private caller(authorization: string | undefined): Agent {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const agentId = this.parts.tokens.agentIn(token);
    const agent = this.offered().agents.find(({ id }) => id === agentId);
    if (agent === undefined || !this.parts.tokens.holds(token, agent.id, agent.verifyKey))
      throw tokenInvalid();
    return agent;
  }

  private agent(agentId: string): Agent {
    const agent = this.offered().agents.find(({ id }) => id === agentId);
    if (agent !== undefined) return agent;
    throw new StandardsError('DRP_AGENT_UNKNOWN', 'no such agent is known here', {
      nextStep: 'Ask the operator to add the agent from the directory of the network.',
    });
  }

  private open({ verifyKey }: Agent, message: string): DrpMessage {
    return openDrpMessage(message, fromBase64(verifyKey), nodeVerifySignature);
  }

  private expected({ id }: Agent) {
    return { agentId: id, businessId: this.offered().businessId, now: this.parts.now() };
  }

  private offered(): DrpSettings {
    if (this.parts.settings !== undefined) return this.parts.settings;
    throw new StandardsError('STANDARD_NOT_OFFERED', 'the Data Rights Protocol is not offered here', {
      nextStep: 'The operator can offer it: `drp` in lacuna.json.',
    });
  }
}

function kindOf(claims: DrpMessage['claims']): ProtocolFiling['kind'] {
  const exercise = textClaim(claims, 'exercise') ?? '';
  const kind = Object.hasOwn(KINDS, exercise) ? KINDS[exercise] : undefined;
  if (kind !== undefined) return kind;
  throw new StandardsError('DRP_RIGHT_UNSUPPORTED', 'that right cannot be exercised here', {
    nextStep: `Supported: ${Object.keys(KINDS).join(', ')}.`,
  });
}

function regimeOf(claims: DrpMessage['claims']): ProtocolFiling['regime'] {
  const regime = textClaim(claims, 'regime');
  if (regime === undefined) return 'gdpr'; // voluntary (§2.01): the shorter of our two deadlines
  if (regime === 'ccpa') return 'ccpa';
  throw new StandardsError('DRP_REGIME_UNSUPPORTED', 'the protocol has no such regime', {
    nextStep: 'Leave regime away, or write ccpa.',
  });
}

/** The mail address, which only counts when the agent has verified it (§3.04). */
function verifiedAddress(claims: DrpMessage['claims']): string {
  const email = textClaim(claims, 'email');
  if (email !== undefined && claims.email_verified === true) return email;
  throw new StandardsError('DRP_IDENTITY_UNVERIFIED', 'the message has no verified mail address', {
    nextStep: 'Send email and email_verified: true; other claims are not used to find people.',
  });
}

function tokenInvalid(): StandardsError {
  return new StandardsError('DRP_TOKEN_INVALID', 'the token is none of a known agent', {
    nextStep: 'Get a token: POST /v1/agent/{id} with a signed message.',
  });
}
