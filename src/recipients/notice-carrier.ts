import { isCodedError, parseStrictJson } from '#libs/essentials';
import { signWebhook } from '#libs/webhooks';
import type { OutboundAnswer, OutboundHttp } from '#platform/outbound';
import { WEBHOOK_SCHEDULE, type Carried, type Carrier } from '#platform/outbox';
import type { RecipientTold } from './ports.js';
import type { RecipientRegistry } from './recipient-registry.js';

const GONE = 410;
const HEADERS = { 'content-type': 'application/json', 'user-agent': 'lacuna' };

/** Carries notices as signed webhooks (Standard Webhooks 1.0), each attempt signed anew. */
export function noticeCarrier(
  registry: RecipientRegistry,
  http: Pick<OutboundHttp, 'post'>,
  told: RecipientTold,
  /** Milliseconds since the epoch. */
  now: () => number,
): Carrier {
  return {
    schedule: WEBHOOK_SCHEDULE,
    trace: true,
    async carry({ id, destination }, body, signal) {
      const target = registry.target(destination);
      if (target === undefined) return { outcome: 'refused', code: 'RECIPIENT_REMOVED' };
      const signed = signWebhook({ id, timestamp: Math.floor(now() / 1000), body }, target.key);
      const answer = await http.post({ url: target.url, headers: { ...HEADERS, ...signed }, body, signal });
      return carriedBy(answer, now());
    },
    async ended({ reference: requestId, destination: recipientId }, outcome, code) {
      if (code === `HTTP_${GONE}`) await registry.disable(recipientId);
      await told({ requestId, recipientId, outcome });
    },
  };
}

function carriedBy(answer: OutboundAnswer, now: number): Carried {
  if ('failure' in answer) return { outcome: 'failed', code: answer.failure };
  const { status, body, retryAfter } = answer;
  const code = `HTTP_${status}`;
  if (status >= 200 && status < 300)
    return { outcome: saysAcknowledged(body) ? 'acknowledged' : 'delivered' };
  if (status === GONE) return { outcome: 'refused', code };
  return { outcome: 'failed', code, ...(retryAfter !== undefined && { notBefore: now + retryAfter * 1000 }) };
}

/** `{"acknowledged": true}`: it is done there, not only received. */
function saysAcknowledged(body: string): boolean {
  try {
    const answer = parseStrictJson(body);
    return (
      typeof answer === 'object' &&
      answer !== null &&
      'acknowledged' in answer &&
      answer.acknowledged === true
    );
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    return false; // recipients may answer whatever they like
  }
}
