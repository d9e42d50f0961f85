import { coarseLabel, type RequestEvent, type RequestScope, type StoredRecord } from '#libs/contracts';
import { toBase64Url, type HmacSha256 } from '#libs/essentials';
import { dueDate } from './deadline.js';
import { requireStatus, type RequestState } from './request.js';
import { recordsInScope, type CategoriesOf } from './scope.js';

type Accepted = Extract<RequestEvent, { type: 'RequestAccepted' }>;
type Refused = Extract<RequestEvent, { type: 'RequestRefused' }>;

export interface AcceptRequest {
  readonly now: string;
  /** Everything present about the subject, quarantined records of other requests left out. */
  readonly records: readonly StoredRecord[];
  readonly subjectStatus: 'active' | 'erasing' | 'erased' | 'unknown';
  /** Opened scope; absent for an erasure, which takes every record. */
  readonly scope: RequestScope | undefined;
  readonly labelKey: Uint8Array | undefined;
  readonly categoriesOf: CategoriesOf;
  readonly hmac: HmacSha256;
}

/** Decides on a verified request and freezes the list of labels that it is about. */
export function acceptRequest(command: AcceptRequest, state: RequestState): Accepted | Refused {
  const { requestId, receivedAt, kind } = requireStatus(state, 'verified');
  const refuse = (reason: Refused['data']['reason']): Refused => ({
    type: 'RequestRefused',
    data: { requestId, reason, refusedAt: command.now },
  });
  if (command.subjectStatus === 'unknown') return refuse('SUBJECT_UNKNOWN');
  const { labelKey } = command;
  if (command.subjectStatus !== 'active' || labelKey === undefined) return refuse('SUBJECT_ALREADY_ERASED');
  const records =
    command.scope === undefined
      ? command.records
      : recordsInScope(command.records, command.scope, command.categoriesOf);
  if (kind === 'withdrawal' && records.length === 0) return refuse('NO_RECORD_IN_SCOPE');
  return {
    type: 'RequestAccepted',
    data: {
      requestId,
      acceptedAt: command.now,
      dueAt: dueDate(receivedAt),
      labels: records.map(({ label }) => toBase64Url(label)).sort(),
      coarseLabels: records.map((record) => toBase64Url(coarseLabel(labelKey, record, command.hmac))).sort(),
    },
  };
}
