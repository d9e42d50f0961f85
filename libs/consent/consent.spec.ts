import { describe, expect, it } from '@jest/globals';
import {
  CONSENT_SCHEMA_VERSION,
  decideConsent,
  evolveConsents,
  noConsents,
  parseConsentRecord,
  type ConsentDecided,
  type GrantConsent,
  type WithdrawConsent,
} from './index.js';

const grant: GrantConsent = {
  type: 'GrantConsent',
  data: {
    subject: 's-1',
    purpose: 'recommendations',
    lawfulBasis: 'consent',
    personalDataCategories: ['ratings'],
    controller: 'Example Streaming Ltd',
    noticeReference: 'notice-2026-01',
    method: 'web-form',
    evidenceReference: 'form-log-17',
  },
  metadata: { now: '2026-01-31T08:00:00Z', recordId: '00000000-0000-4000-8000-000000000001' },
};
const withdraw: WithdrawConsent = {
  type: 'WithdrawConsent',
  data: { subject: 's-1', purpose: 'recommendations', method: 'portal', evidenceReference: 'session-9' },
  metadata: { now: '2026-02-01T08:00:00Z', recordId: '00000000-0000-4000-8000-000000000002' },
};
const after = (...decided: (ConsentDecided | undefined)[]) =>
  decided.reduce((state, one) => evolveConsents(state, one!), noConsents);
const granted = decideConsent(grant, noConsents);
const withdrawn = decideConsent(withdraw, after(granted));

function refusal(act: () => unknown) {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('deciding consent', () => {
  it('records a grant with who, what for, on which notice, and the decision', () => {
    expect(granted).toEqual({
      type: 'ConsentGranted',
      data: {
        schemaVersion: CONSENT_SCHEMA_VERSION,
        recordId: '00000000-0000-4000-8000-000000000001',
        piiPrincipal: 's-1',
        purpose: 'recommendations',
        lawfulBasis: 'consent',
        personalDataCategories: ['ratings'],
        controller: 'Example Streaming Ltd',
        noticeReference: 'notice-2026-01',
        event: {
          state: 'given',
          time: '2026-01-31T08:00:00Z',
          method: 'web-form',
          evidenceReference: 'form-log-17',
        },
      },
    });
  });

  it('decides nothing when the same consent is granted again', () => {
    expect(decideConsent(grant, after(granted))).toBeUndefined();
  });

  it('records a new decision when the notice has changed', () => {
    const renewed = { ...grant, data: { ...grant.data, noticeReference: 'notice-2027-01' } };
    expect(decideConsent(renewed, after(granted))?.data.noticeReference).toBe('notice-2027-01');
  });

  it('withdraws without asking for the notice again', () => {
    expect(withdrawn).toMatchObject({
      type: 'ConsentWithdrawn',
      data: {
        purpose: 'recommendations',
        noticeReference: 'notice-2026-01',
        event: { state: 'withdrawn', time: '2026-02-01T08:00:00Z', method: 'portal' },
      },
    });
  });

  it('decides nothing when the same consent is withdrawn again, and takes a new grant afterwards', () => {
    expect(decideConsent(withdraw, after(granted, withdrawn))).toBeUndefined();
    expect(decideConsent(grant, after(granted, withdrawn))?.type).toBe('ConsentGranted');
  });

  it('refuses to withdraw what was never given', () => {
    const other = { ...withdraw, data: { ...withdraw.data, purpose: 'advertising' } };
    expect(refusal(() => decideConsent(other, after(granted)))).toMatchObject({ code: 'CONSENT_NOT_GIVEN' });
  });
});

describe('a consent record from outside', () => {
  const record = granted!.data;
  const changed = (change: object) => refusal(() => parseConsentRecord({ ...record, ...change }));

  it('comes back with every field and no other', () => {
    expect(parseConsentRecord({ ...record, mood: 'good' })).toEqual(record);
  });

  it.each([
    ['an unknown layout', { schemaVersion: 'v0' }, 'CONSENT_SCHEMA_UNKNOWN', undefined],
    ['a missing purpose', { purpose: '' }, 'CONSENT_FIELD_MISSING', 'purpose'],
    ['a purpose that is no text', { purpose: 7 }, 'CONSENT_FIELD_MALFORMED', 'purpose'],
    ['half a surrogate pair', { controller: '\ud800' }, 'CONSENT_FIELD_MALFORMED', 'controller'],
    [
      'a purpose longer than a record can hold',
      { purpose: 'p'.repeat(256) },
      'CONSENT_FIELD_TOO_LONG',
      'purpose',
    ],
    ['a record id that is no UUID', { recordId: '1' }, 'CONSENT_FIELD_MALFORMED', 'recordId'],
    ['another lawful basis', { lawfulBasis: 'because' }, 'CONSENT_LAWFUL_BASIS_UNKNOWN', 'lawfulBasis'],
    ['no data category', { personalDataCategories: [] }, 'CONSENT_FIELD_MALFORMED', 'personalDataCategories'],
    ['no event', { event: undefined }, 'CONSENT_FIELD_MALFORMED', 'event'],
    ['an unknown state', { event: { ...record.event, state: 'maybe' } }, 'CONSENT_STATE_UNKNOWN', 'state'],
    [
      'a local time',
      { event: { ...record.event, time: '2026-01-31T08:00:00' } },
      'CONSENT_FIELD_MALFORMED',
      'time',
    ],
    [
      'a month 13',
      { event: { ...record.event, time: '2026-13-31T08:00:00Z' } },
      'CONSENT_FIELD_MALFORMED',
      'time',
    ],
  ])('is refused with %s', (_, change, code, field) => {
    expect(changed(change)).toMatchObject({ code, ...(field && { facts: { field } }) });
  });
});
