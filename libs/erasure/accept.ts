import {
  coarseLabel,
  type RefusedCategory,
  type RequestEvent,
  type RequestKind,
  type RequestScope,
  type StoredRecord,
} from '#libs/contracts';
import { toBase64Url, type HmacSha256 } from '#libs/essentials';
import { isDestructive, isExport, requireStatus, type RequestState } from './request.js';
import { recordsInScope, type CategoriesOf } from './scope.js';

type Accepted = Extract<RequestEvent, { type: 'RequestAccepted' }>;
type Refused = Extract<RequestEvent, { type: 'RequestRefused' }>;

export interface AcceptRequest {
  readonly now: string;
  /** Everything present about the subject, without what other requests are about to destroy. */
  readonly records: readonly StoredRecord[];
  readonly subjectStatus: 'active' | 'erasing' | 'erased' | 'unknown';
  /** Opened scope; absent for an erasure or a restriction, which take every record. */
  readonly scope: RequestScope | undefined;
  readonly labelKey: Uint8Array | undefined;
  readonly categoriesOf: CategoriesOf;
  readonly hmac: HmacSha256;
}

/** Decides on a verified request and freezes the list of labels that it is about. */
export function acceptRequest(command: AcceptRequest, state: RequestState): Accepted | Refused {
  const request = requireStatus(state, 'verified');
  const { requestId, kind, dueAt } = request;
  const refuse = (reason: Refused['data']['reason']): Refused => ({
    type: 'RequestRefused',
    data: { requestId, reason, refusedAt: command.now },
  });
  if (command.subjectStatus === 'unknown') return refuse('SUBJECT_UNKNOWN');
  const { labelKey } = command;
  if (command.subjectStatus !== 'active' || labelKey === undefined) return refuse('SUBJECT_ALREADY_ERASED');
  const asked = recordsAsked(command, kind);
  const isScoped = kind === 'withdrawal' || kind === 'objection';
  if (isScoped && asked.length === 0) return refuse('NO_RECORD_IN_SCOPE');
  const isRetained = retention(request.refused, command.categoriesOf);
  const records = asked.filter((record) => !isRetained(record));
  const retained = asked.filter(isRetained);
  return {
    type: 'RequestAccepted',
    data: {
      requestId,
      acceptedAt: command.now,
      dueAt,
      labels: sortedLabels(records),
      coarseLabels: isDestructive(kind)
        ? records.map((record) => toBase64Url(coarseLabel(labelKey, record, command.hmac))).sort()
        : [],
      ...(retained.length > 0 && { retained: sortedLabels(retained) }),
      ...(request.graceSeconds > 0 && { graceUntil: later(command.now, request.graceSeconds) }),
    },
  };
}

/** Nothing is put out of use for an export or a correction. */
function recordsAsked(
  { records, scope, categoriesOf }: AcceptRequest,
  kind: RequestKind,
): readonly StoredRecord[] {
  if (isExport(kind) || kind === 'rectification') return [];
  return scope === undefined ? records : recordsInScope(records, scope, categoriesOf);
}

/** Records of items in a refused category. */
function retention(
  refused: readonly RefusedCategory[],
  categoriesOf: CategoriesOf,
): (record: StoredRecord) => boolean {
  const categories = new Set(refused.map(({ category }) => category));
  return ({ item }) => categories.size > 0 && categoriesOf(item).some((category) => categories.has(category));
}

function sortedLabels(records: readonly StoredRecord[]): string[] {
  return records.map(({ label }) => toBase64Url(label)).sort();
}

function later(now: string, seconds: number): string {
  return new Date(Date.parse(now) + seconds * 1000).toISOString();
}
