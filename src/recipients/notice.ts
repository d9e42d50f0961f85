import type { RequestScope } from '#libs/contracts';
import { canonicalJson } from '#libs/essentials';

/** What Art. 19 has recipients told about. */
export const NOTICED_KINDS = ['erasure', 'withdrawal', 'objection', 'rectification', 'restriction'] as const;
export type NoticedKind = (typeof NOTICED_KINDS)[number];

export interface Notice {
  readonly deliveryId: string;
  readonly requestId: string;
  readonly kind: NoticedKind;
  /** Under which controller and recipient know the person; without them a recipient could not act. */
  readonly externalIds: readonly string[];
  /** Which records a withdrawal is about; absent: all. */
  readonly scope?: RequestScope;
  /** ISO 8601: when the controller decided. */
  readonly decidedAt: string;
}

/**
 * The body of the webhook, as canonical JSON. It holds what the recipient needs to do the same and nothing else: no name, no address, no
 * record. `recordedBefore` is a position of our own log and left away.
 */
export function noticeBody({ deliveryId, requestId, kind, externalIds, scope, decidedAt }: Notice): string {
  const said = { ...scope, recordedBefore: undefined };
  return canonicalJson({
    type: `subject_request.${kind}`,
    timestamp: decidedAt,
    data: {
      deliveryId,
      requestId,
      subject: { externalIds },
      ...(scope !== undefined && { scope: said }),
    },
  });
}

/** What a recipient may answer, or send to /v1/recipients/acknowledgements. */
export const ACKNOWLEDGED_TYPE = 'subject_request.acknowledged';
