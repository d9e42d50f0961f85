import { describe, expect, it } from '@jest/globals';
import { coarseLabel, recordLabel, type RequestEvent, type StoredRecord } from '#libs/contracts';
import { hmacSha256, toBase64Url } from '#libs/essentials';
import { acceptRequest, type AcceptRequest } from './accept.js';
import { evolveRequest, nextStep, type RequestState } from './request.js';

const requestId = '7f1d9b1e-0000-4000-8000-000000000001';
const subject = 'c0ffee';
const labelKey = new Uint8Array(32).fill(7);
const identity = { item: '260', type: 'rating', time: 978_300_760 };
const record: StoredRecord = {
  ...identity,
  value: 5,
  label: recordLabel(labelKey, identity),
  opening: new Uint8Array(16),
  purpose: 'recommendations',
  position: 3n,
};
const labels = [toBase64Url(record.label)];
const coarseLabels = [toBase64Url(coarseLabel(labelKey, identity))];

const submitted: RequestEvent = {
  type: 'RequestSubmitted',
  data: {
    requestId,
    subject,
    kind: 'withdrawal',
    ground: 'art-7-3-withdrawal-of-consent',
    channel: 'cli',
    scope: 'sealed',
    receivedAt: '2026-01-31T10:00:00.000Z',
  },
};
const verified: RequestEvent = {
  type: 'IdentityVerified',
  data: { requestId, method: 'operator-attested', verifiedAt: '2026-01-31T10:00:01.000Z' },
};
const accepted: RequestEvent = {
  type: 'RequestAccepted',
  data: {
    requestId,
    acceptedAt: '2026-01-31T10:00:02.000Z',
    dueAt: '2026-02-28T10:00:00.000Z',
    labels,
    coarseLabels,
  },
};
const rest: RequestEvent[] = [
  { type: 'RecordsQuarantined', data: { requestId, subject, kind: 'withdrawal', labels } },
  { type: 'RebuildAssigned', data: { requestId, rebuildId: 'main-v2' } },
  {
    type: 'RecordsErased',
    data: {
      requestId,
      subject,
      labels,
      coarseLabels,
      kept: 4,
      generation: 1,
      tombstonedStreams: ['interactions-c0ffee~0'],
      erasedAt: '2026-01-31T10:00:05.000Z',
    },
  },
  {
    type: 'KeyDestroyed',
    data: { requestId, keys: ['c0ffee/interactions~0'], destroyedAt: '2026-01-31T10:00:06.000Z' },
  },
  {
    type: 'CertificateIssued',
    data: { requestId, certificateDigest: 'ab', ledgerIndex: 4, issuedAt: '2026-01-31T10:00:07.000Z' },
  },
  { type: 'RequestClosed', data: { requestId, outcome: 'completed', closedAt: '2026-01-31T10:00:08.000Z' } },
];

const fold = (events: readonly RequestEvent[]): RequestState =>
  events.reduce<RequestState | undefined>((state, event) => evolveRequest(state, event), undefined)!;

const acceptance: AcceptRequest = {
  now: '2026-01-31T10:00:02.000Z',
  records: [record],
  subjectStatus: 'active',
  scope: { items: ['260'] },
  labelKey,
  categoriesOf: () => [],
  hmac: hmacSha256,
};

describe('the life of a request', () => {
  it('goes from submission to its certificate, one step after the other', () => {
    const events = [submitted, verified, accepted, ...rest];
    const steps = events.map((_, count) => nextStep(fold(events.slice(0, count + 1))));
    expect(steps).toEqual([
      'verify',
      'accept',
      'quarantine',
      'assign',
      'erase',
      'destroy-keys',
      'certify',
      'close',
      undefined,
    ]);
  });

  it('stays where it is when an event comes again or out of turn', () => {
    const state = fold([submitted, verified, accepted]);
    expect(evolveRequest(state, verified)).toBe(state);
    expect(evolveRequest(state, rest[3])).toBe(state);
    expect(evolveRequest(undefined, accepted)).toBeUndefined();
  });

  it('freezes the labels and the coarse labels of the records in scope when it is accepted', () => {
    expect(acceptRequest(acceptance, fold([submitted, verified]))).toEqual(accepted);
  });

  it.each([
    ['SUBJECT_UNKNOWN', { subjectStatus: 'unknown' }],
    ['SUBJECT_ALREADY_ERASED', { subjectStatus: 'erased' }],
    ['SUBJECT_ALREADY_ERASED', { labelKey: undefined }],
    ['NO_RECORD_IN_SCOPE', { scope: { items: ['1'] } }],
  ] as const)('is refused with %s, and then closed', (reason, difference) => {
    const refusal = acceptRequest({ ...acceptance, ...difference }, fold([submitted, verified]));
    expect(refusal).toEqual({
      type: 'RequestRefused',
      data: { requestId, reason, refusedAt: acceptance.now },
    });
    expect(nextStep(fold([submitted, verified, refusal]))).toBe('close');
  });

  it('is not accepted before the identity is verified', () => {
    expect(() => acceptRequest(acceptance, fold([submitted]))).toThrow(
      expect.objectContaining({ code: 'REQUEST_NOT_VERIFIED' }),
    );
  });

  it('erases a person who has no record left', () => {
    const erasure = fold([{ ...submitted, data: { ...submitted.data, kind: 'erasure' } }, verified]);
    expect(acceptRequest({ ...acceptance, records: [], scope: undefined }, erasure)).toMatchObject({
      type: 'RequestAccepted',
      data: { labels: [] },
    });
  });
});
