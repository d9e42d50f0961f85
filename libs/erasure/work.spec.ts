import { describe, expect, it } from '@jest/globals';
import type { DataOf, RequestEvent } from '#libs/contracts';
import { scenario } from '#libs/testkit';
import type { LegalCalendar } from './clock.js';
import { evolveRequest, isHoldingBack, nextStep, outOfUse, type RequestState } from './request.js';
import * as work from './work.js';

const requestId = '7f1d9b1e-0000-4000-8000-000000000001';
const subject = 'c0ffee';
const calendar: LegalCalendar = { timeZone: 'UTC', holidays: [] };
const [ada, bob, eve] = ['staff-ada', 'staff-bob', 'staff-eve'];
const noon = '2026-03-02T12:00:00.000Z';
const later = '2026-03-05T12:00:00.000Z';

const submitted = (data: Partial<DataOf<'RequestSubmitted'>> = {}): RequestEvent => ({
  type: 'RequestSubmitted',
  data: {
    requestId,
    subject,
    kind: 'erasure',
    ground: 'art-17-1-erasure',
    channel: 'portal',
    identity: 'email-code',
    approvals: 2,
    graceSeconds: 86_400,
    receivedAt: '2026-03-02T10:00:00.000Z',
    dueAt: '2026-04-02T23:59:59.999Z',
    ...data,
  },
});
const verified: RequestEvent = {
  type: 'IdentityVerified',
  data: { requestId, method: 'email-code', verifiedAt: '2026-03-02T10:00:01.000Z' },
};
const approvedBy = (by: string, approvedAt = noon): RequestEvent => ({
  type: 'RequestApproved',
  data: { requestId, by, approvedAt },
});
const accepted = (data: Partial<DataOf<'RequestAccepted'>> = {}): RequestEvent => ({
  type: 'RequestAccepted',
  data: {
    requestId,
    acceptedAt: noon,
    dueAt: '2026-04-02T23:59:59.999Z',
    labels: ['a', 'b'],
    coarseLabels: ['d'],
    ...data,
  },
});
const quarantined = (kind: 'erasure' | 'restriction' = 'erasure'): RequestEvent => ({
  type: 'RecordsQuarantined',
  data: { requestId, subject, kind, labels: ['a', 'b', 'c'] },
});
const assigned: RequestEvent = { type: 'RebuildAssigned', data: { requestId, rebuildId: 'main-v2' } };
const closed = (outcome: 'completed' | 'refused' | 'cancelled'): RequestEvent => ({
  type: 'RequestClosed',
  data: { requestId, outcome, closedAt: later },
});
const inReview = [submitted(), verified];
const awaiting = [submitted({ identity: 'awaited', expiresAt: '2026-03-16T10:00:00.000Z' })];

type Command = (state: RequestState) => RequestEvent | undefined;
const given = scenario<Command, RequestState | undefined, RequestEvent>({
  initial: undefined,
  decide: (command, state) => command(state!) ?? [],
  evolve: evolveRequest,
});
const after = (...events: readonly RequestEvent[]): RequestState =>
  events.reduce<RequestState | undefined>(evolveRequest, undefined)!;

const anyOfType = (type: RequestEvent['type']): RequestEvent =>
  expect.objectContaining({ type }) as unknown as RequestEvent;

describe('four eyes', () => {
  const approve =
    (by: string, confirmation?: string): Command =>
    (state) =>
      work.approve({ by, now: noon, confirmation }, state);
  const typed = 'ERASE 7f1d9b1e';

  it('accepts an erasure when two people have typed its confirmation', () => {
    given(...inReview)
      .when(approve(ada, typed))
      .then(approvedBy(ada));
    expect(nextStep(after(...inReview, approvedBy(ada)))).toBeUndefined();
    expect(nextStep(after(...inReview, approvedBy(ada), approvedBy(bob)))).toBe('accept');
  });

  it('does not count one person twice', () => {
    given(...inReview, approvedBy(ada))
      .when(approve(ada, typed))
      .thenRefused('APPROVED_ALREADY');
  });

  it.each(['machine', 'staff-cli'])('takes none of the two from %s, first or second', (unnamed) => {
    for (const before of [inReview, [...inReview, approvedBy(ada)]])
      given(...before)
        .when(approve(unnamed, typed))
        .thenRefused('APPROVER_UNNAMED');
  });

  it('counts what such a one approved before that was so, beside somebody with a name', () => {
    given(...inReview, approvedBy('staff-cli'))
      .when(approve(ada, typed))
      .then(approvedBy(ada));
    expect(nextStep(after(...inReview, approvedBy('staff-cli'), approvedBy(ada)))).toBe('accept');
  });

  it.each([
    ['machine', 'staff-cli'],
    ['staff-cli', 'machine'],
    ['machine', 'machine'],
  ])(
    'counts machines and terminals without a name as one: %s enters, and %s does not approve',
    (first, second) => {
      const one = { kind: 'rectification', ground: 'art-16-rectification', approvals: 1 } as const;
      given(submitted({ ...one, filedBy: first }), verified)
        .when(approve(second))
        .thenRefused('APPROVER_IS_FILER');
      given(submitted({ ...one, filedBy: ada }), verified)
        .when(approve(second))
        .then(approvedBy(second));
    },
  );

  it('does not let those approve who have entered the request', () => {
    given(submitted({ filedBy: ada }), verified)
      .when(approve(ada, typed))
      .thenRefused('APPROVER_IS_FILER');
  });

  it.each([undefined, 'erase 7f1d9b1e', 'ERASE 00000000', `${typed} `])(
    'refuses an erasure that was confirmed with %j',
    (confirmation) => {
      given(...inReview)
        .when(approve(ada, confirmation))
        .thenRefused('CONFIRMATION_MISMATCH');
    },
  );

  it('asks for no typing where nothing is destroyed', () => {
    given(submitted({ kind: 'rectification', ground: 'art-16-rectification', approvals: 1 }), verified)
      .when(approve(ada))
      .then(approvedBy(ada));
  });

  it.each([
    ['a request whose person is not known yet', awaiting],
    ['a request that needs nobody', [submitted({ approvals: 0 }), verified]],
    ['a request that was approved', [...inReview, approvedBy(ada), approvedBy(bob)]],
  ])('has nothing to decide about %s', (_, events) => {
    given(...events)
      .when(approve(eve, typed))
      .thenRefused('REQUEST_NOT_IN_REVIEW');
  });

  it('waits while it is in doubt who asks', () => {
    const doubted: RequestEvent = { type: 'IdentityDoubted', data: { requestId, by: bob, doubtedAt: noon } };
    given(...inReview, doubted)
      .when(approve(ada, typed))
      .thenRefused('IDENTITY_IN_DOUBT');
    expect(nextStep(after(submitted({ approvals: 0 }), verified, doubted))).toBeUndefined();
  });
});

describe('a refusal', () => {
  const refuse =
    (...refused: DataOf<'CategoriesRefused'>['refused']): Command =>
    (state) =>
      work.refuse({ by: ada, now: noon, refused }, state);
  const horror = { category: 'Horror', ground: 'art-17-3-b-legal-obligation' } as const;
  const everything = { category: 'everything', ground: 'art-17-3-e-legal-claims' } as const;
  const partly: RequestEvent = {
    type: 'CategoriesRefused',
    data: { requestId, by: ada, refused: [horror], refusedAt: noon },
  };

  it('ends the request where it is about everything, and says on which ground', () => {
    const refusal: RequestEvent = {
      type: 'RequestRefused',
      data: { requestId, reason: 'REFUSED_IN_REVIEW', refusedAt: noon, by: ada, refused: [everything] },
    };
    given(...inReview)
      .when(refuse(everything))
      .then(refusal);
    expect(after(...inReview, refusal, closed('refused'))).toMatchObject({
      status: 'closed-refused',
      refused: [everything],
    });
  });

  it('of a category leaves the rest to be decided, anew where somebody had approved the whole', () => {
    given(...inReview)
      .when(refuse(horror))
      .then(partly);
    expect(after(...inReview, approvedBy(ada), partly)).toMatchObject({ approvals: [], refused: [horror] });
  });

  it('is possible before anybody has shown who they are, and of a correction that was accepted', () => {
    given(...awaiting)
      .when(refuse({ category: 'everything', ground: 'art-12-6-identity-not-shown' }))
      .then(anyOfType('RequestRefused'));
    const correction = submitted({ kind: 'rectification', ground: 'art-16-rectification', approvals: 0 });
    given(correction, verified, accepted({ labels: [] }))
      .when(refuse(everything))
      .then(anyOfType('RequestRefused'));
  });

  it('is on a ground of the law by which the request is answered', () => {
    const californian = [submitted({ regime: 'ccpa' }), verified];
    const security = { category: 'Horror', ground: 'ccpa-105-d-2-security' } as const;
    given(...californian)
      .when(refuse(security, { category: 'Drama', ground: 'nothing-stored' }))
      .then(anyOfType('CategoriesRefused'));
    given(...californian)
      .when(refuse(security, horror))
      .thenRefused('REFUSAL_GROUND_OF_OTHER_LAW');
    given(...inReview)
      .when(refuse(horror, security))
      .thenRefused('REFUSAL_GROUND_OF_OTHER_LAW');
  });

  it.each([
    ['REFUSAL_EMPTY', inReview, []],
    ['REFUSAL_NOT_PARTIAL', [submitted({ kind: 'access', ground: 'art-15-access' }), verified], [horror]],
    ['REQUEST_NOT_IN_REVIEW', [...inReview, approvedBy(ada), approvedBy(bob), accepted()], [everything]],
  ] as const)('is turned down with %s', (code, events, refused) => {
    given(...events)
      .when(refuse(...refused))
      .thenRefused(code);
  });
});

describe('an extension', () => {
  const extend =
    (now = later, reasons: DataOf<'DeadlineExtended'>['reasons'] = ['complexity']): Command =>
    (state) =>
      work.extend({ by: ada, now, reasons, calendar }, state);
  const extended: RequestEvent = {
    type: 'DeadlineExtended',
    data: {
      requestId,
      by: ada,
      reasons: ['complexity'],
      dueAt: '2026-06-02T23:59:59.999Z',
      extendedAt: later,
    },
  };

  it('adds two months to the first, with reasons', () => {
    given(...inReview)
      .when(extend())
      .then(extended);
    expect(after(...inReview, extended)).toMatchObject({
      dueAt: '2026-06-02T23:59:59.999Z',
      extendedAt: later,
    });
  });

  it('is possible to the last moment of the first month, and not after it', () => {
    given(...inReview)
      .when(extend('2026-04-02T23:59:59.999Z'))
      .then(anyOfType('DeadlineExtended'));
    given(...inReview)
      .when(extend('2026-04-03T00:00:00.000Z'))
      .thenRefused('DEADLINE_PASSED');
  });

  it.each([
    ['EXTENDED_ALREADY', [...inReview, extended], later, ['complexity'] as const],
    ['EXTENSION_WITHOUT_REASON', inReview, later, []],
    ['IDENTITY_IN_DOUBT', awaiting, later, ['complexity'] as const],
    [
      'REQUEST_NOT_OPEN',
      [submitted({ approvals: 0 }), verified, accepted(), closedAnswer()].flat(),
      later,
      ['complexity'] as const,
    ],
  ])('is refused with %s', (code, events, now, reasons) => {
    given(...events)
      .when(extend(now, reasons))
      .thenRefused(code);
  });
});

/** An export that was prepared and handed over. */
function closedAnswer(): RequestEvent[] {
  return [{ type: 'ExportPrepared', data: { requestId, preparedAt: noon } }, closed('completed')];
}

describe('a doubt about who asks', () => {
  const doubted: RequestEvent = { type: 'IdentityDoubted', data: { requestId, by: ada, doubtedAt: noon } };
  const settled: RequestEvent = {
    type: 'IdentitySettled',
    data: { requestId, by: ada, dueAt: '2026-04-06T23:59:59.999Z', settledAt: later },
  };

  it('stops the time, and the time runs on when it is settled: later by three days, and over a weekend', () => {
    given(...inReview)
      .when((state) => work.doubtIdentity({ by: ada, now: noon }, state))
      .then(doubted);
    expect(work.lightOf(after(...inReview, doubted), '2027-01-01T00:00:00.000Z', 0.25)).toBe('none');
    given(...inReview, doubted)
      .when((state) => work.settleIdentity({ by: ada, now: later, calendar }, state))
      .then(settled);
    const state = after(...inReview, doubted, settled);
    expect(state).toMatchObject({ clockFrom: '2026-03-05T10:00:00.000Z', dueAt: '2026-04-06T23:59:59.999Z' });
    expect(state.suspendedSince).toBeUndefined();
  });

  it('stops no time under the CCPA, so that it grows urgent, and can be extended meanwhile', () => {
    const dueAt = '2026-04-16T23:59:59.999Z'; // 45 days after 2 March
    const californian = [submitted({ regime: 'ccpa', dueAt }), verified, doubted];
    expect(work.lightOf(after(...californian), '2026-04-15T10:00:00.000Z', 0.25)).toBe('amber');
    const onTime: RequestEvent = {
      type: 'IdentitySettled',
      data: { requestId, by: ada, dueAt, settledAt: later },
    };
    given(...californian)
      .when((state) => work.settleIdentity({ by: ada, now: later, calendar }, state))
      .then(onTime);
    expect(after(...californian, onTime)).toMatchObject({ clockFrom: '2026-03-02T10:00:00.000Z', dueAt });
    const reasons = ['complexity'] as const;
    given(...californian)
      .when((state) => work.extend({ by: ada, now: later, reasons, calendar }, state))
      .then({
        type: 'DeadlineExtended',
        data: { requestId, by: ada, reasons, dueAt: '2026-05-31T23:59:59.999Z', extendedAt: later },
      });
    const unknown = submitted({
      regime: 'ccpa',
      dueAt,
      identity: 'awaited',
      expiresAt: '2026-03-16T10:00:00.000Z',
    });
    expect(work.lightOf(after(unknown), '2026-04-15T10:00:00.000Z', 0.25)).toBe('none');
  });

  it('is settled once, and not where nobody has shown anything yet', () => {
    const settle: Command = (state) => work.settleIdentity({ by: ada, now: later, calendar }, state);
    given(...inReview)
      .when(settle)
      .thenRefused('IDENTITY_NOT_IN_DOUBT');
    given(...awaiting)
      .when(settle)
      .thenRefused('IDENTITY_NOT_IN_DOUBT');
  });

  it('comes too late for what is being carried out', () => {
    given(...inReview, approvedBy(ada), approvedBy(bob), accepted())
      .when((state) => work.doubtIdentity({ by: ada, now: noon }, state))
      .thenRefused('REQUEST_NOT_OPEN');
  });
});

describe('a request of somebody who has shown nothing yet', () => {
  it('waits, and its time begins when they do', () => {
    expect(nextStep(after(...awaiting))).toBeUndefined();
    given(...awaiting)
      .when((state) => work.verifyIdentity({ method: 'email-code', now: later, calendar }, state))
      .then({
        type: 'IdentityVerified',
        data: { requestId, method: 'email-code', verifiedAt: later, dueAt: '2026-04-06T23:59:59.999Z' },
      });
  });

  it('expires when nobody does, and nothing revives it', () => {
    const expire =
      (now: string): Command =>
      (state) =>
        work.expire(now, state);
    const expired: RequestEvent = {
      type: 'RequestExpired',
      data: { requestId, expiredAt: '2026-03-16T10:00:00.000Z' },
    };
    given(...awaiting)
      .when(expire('2026-03-16T09:59:59.999Z'))
      .thenNothing();
    given(...awaiting)
      .when(expire('2026-03-16T10:00:00.000Z'))
      .then(expired);
    given(...inReview)
      .when(expire('2027-01-01T00:00:00.000Z'))
      .thenNothing();
    expect(after(...awaiting, expired, verified).status).toBe('expired');
  });
});

describe('a cancellation', () => {
  const cancel =
    (now = later): Command =>
    (state) =>
      work.cancel({ by: 'subject', now }, state);
  const cancelled: RequestEvent = {
    type: 'RequestCancelled',
    data: { requestId, by: 'subject', cancelledAt: later },
  };
  const outOfUseUntil = (graceUntil?: string): RequestEvent[] => [
    ...inReview,
    approvedBy(ada),
    approvedBy(bob),
    accepted({ graceUntil }),
    quarantined(),
    assigned,
  ];

  it('ends a request that nobody has decided about', () => {
    given(...inReview)
      .when(cancel())
      .then(cancelled);
    expect(nextStep(after(...inReview, cancelled))).toBe('close');
    expect(after(...inReview, cancelled, closed('cancelled')).status).toBe('closed-cancelled');
  });

  it('puts everything back into use inside the grace window, and not after it', () => {
    given(...outOfUseUntil('2026-03-05T12:00:00.001Z'))
      .when(cancel())
      .then(cancelled);
    given(...outOfUseUntil('2026-03-05T12:00:00.000Z'))
      .when(cancel())
      .thenRefused('CANCEL_TOO_LATE');
    given(...outOfUseUntil())
      .when(cancel())
      .thenRefused('CANCEL_TOO_LATE');
    const state = after(...outOfUseUntil('2026-03-06T00:00:00.000Z'), cancelled);
    expect([nextStep(state), outOfUse(state), isHoldingBack(state)]).toEqual([
      'release',
      ['a', 'b', 'c'],
      true,
    ]);
    const released: RequestEvent = {
      type: 'RecordsReleased',
      data: { requestId, subject, kind: 'erasure', labels: ['a', 'b', 'c'], releasedAt: later },
    };
    const putBack = after(...outOfUseUntil('2026-03-06T00:00:00.000Z'), cancelled, released);
    expect([nextStep(putBack), outOfUse(putBack), isHoldingBack(putBack)]).toEqual(['close', [], false]);
  });

  it('comes to nothing once something is destroyed, whatever the log says', () => {
    const erased: RequestEvent = {
      type: 'RecordsErased',
      data: {
        requestId,
        subject,
        labels: [],
        coarseLabels: [],
        kept: 0,
        generation: null,
        tombstonedStreams: [],
        erasedAt: noon,
      },
    };
    const state = after(...outOfUseUntil('2027-01-01T00:00:00.000Z'), erased);
    expect(evolveRequest(state, cancelled)).toBe(state);
    given(...outOfUseUntil('2027-01-01T00:00:00.000Z'), erased)
      .when(cancel())
      .thenRefused('CANCEL_TOO_LATE');
  });
});

describe('a restriction', () => {
  const restriction = [
    submitted({ kind: 'restriction', ground: 'art-18-restriction', approvals: 0, graceSeconds: 0 }),
    verified,
    accepted({ coarseLabels: [] }),
    quarantined('restriction'),
    assigned,
  ];
  const restricted: RequestEvent = { type: 'ProcessingRestricted', data: { requestId, restrictedAt: noon } };
  const lifted: RequestEvent = { type: 'RestrictionLifted', data: { requestId, by: ada, liftedAt: later } };

  it('is in force when nothing serves that has learned from the data, and destroys nothing', () => {
    expect(nextStep(after(...restriction))).toBe('restrict');
    const state = after(...restriction, restricted);
    expect([state.status, nextStep(state), isHoldingBack(state)]).toEqual(['restricted', undefined, true]);
    expect(work.lightOf(state, '2028-01-01T00:00:00.000Z', 0.25)).toBe('none'); // it was answered
  });

  it('puts the data back into use when it is lifted, by staff or by the person', () => {
    given(...restriction, restricted)
      .when((state) => work.liftRestriction({ by: ada, now: later }, state))
      .then(lifted);
    given(...restriction, restricted)
      .when((state) => work.cancel({ by: 'subject', now: later }, state))
      .then({ type: 'RestrictionLifted', data: { requestId, by: 'subject', liftedAt: later } });
    expect(nextStep(after(...restriction, restricted, lifted))).toBe('release');
  });

  it('is not lifted before it is in force', () => {
    given(...restriction)
      .when((state) => work.liftRestriction({ by: ada, now: later }, state))
      .thenRefused('NOTHING_TO_FULFIL');
  });
});

describe('what staff do by hand', () => {
  const correction = submitted({ kind: 'rectification', ground: 'art-16-rectification', approvals: 0 });
  const fulfil: Command = (state) => work.fulfil({ by: ada, now: later }, state);

  it('answers a rectification', () => {
    const fulfilled: RequestEvent = {
      type: 'RequestFulfilled',
      data: { requestId, by: ada, outcome: 'corrected', fulfilledAt: later },
    };
    given(correction, verified, accepted({ labels: [] }))
      .when(fulfil)
      .then(fulfilled);
    const state = after(correction, verified, accepted({ labels: [] }), fulfilled);
    expect(nextStep(state)).toBe('close');
    expect(after(correction, verified, accepted({ labels: [] }), fulfilled, closed('completed')).status).toBe(
      'closed-answered',
    );
  });

  it('is nothing where the machine does it', () => {
    given(...inReview)
      .when(fulfil)
      .thenRefused('NOTHING_TO_FULFIL');
  });
});

describe('the traffic light', () => {
  const lightAt = (now: string) => work.lightOf(after(...inReview), now, 0.25);

  it.each([
    ['2026-03-02T10:00:00.000Z', 'green'],
    ['2026-03-25T20:00:00.000Z', 'green'],
    ['2026-03-26T12:00:00.000Z', 'amber'],
    ['2026-04-02T23:59:59.999Z', 'amber'],
    ['2026-04-03T00:00:00.000Z', 'red'],
  ])('is at %s: %s', (now, light) => {
    expect(lightAt(now)).toBe(light);
  });

  it('tells each of its warnings once', () => {
    const raised = (light: 'amber' | 'red', raisedAt: string): RequestEvent => ({
      type: 'EscalationRaised',
      data: { requestId, light, dueAt: '2026-04-02T23:59:59.999Z', raisedAt },
    });
    const escalate =
      (now: string): Command =>
      (state) =>
        work.escalate(state, now, 0.25);
    const [amber, red] = [
      raised('amber', '2026-03-27T00:00:00.000Z'),
      raised('red', '2026-04-03T00:00:00.000Z'),
    ];
    given(...inReview)
      .when(escalate('2026-03-10T00:00:00.000Z'))
      .thenNothing();
    given(...inReview)
      .when(escalate('2026-03-27T00:00:00.000Z'))
      .then(amber);
    given(...inReview, amber)
      .when(escalate('2026-03-28T00:00:00.000Z'))
      .thenNothing();
    given(...inReview, amber)
      .when(escalate('2026-04-03T00:00:00.000Z'))
      .then(red);
    given(...inReview, amber, red)
      .when(escalate('2026-05-03T00:00:00.000Z'))
      .thenNothing();
  });
});

describe('recipients of the data', () => {
  it('are told one by one, and may acknowledge when the request is closed', () => {
    const told = (type: 'RecipientNotified' | 'RecipientAcknowledged', recipientId: string): RequestEvent =>
      ({ type, data: { requestId, recipientId, notifiedAt: noon, acknowledgedAt: noon } }) as RequestEvent;
    const access = submitted({ kind: 'access', ground: 'art-15-access', approvals: 0 });
    const events = [access, verified, accepted({ labels: [] }), ...closedAnswer()];
    const state = after(
      ...events,
      told('RecipientNotified', 'r1'),
      told('RecipientAcknowledged', 'r1'),
      told('RecipientNotified', 'r1'),
    );
    expect(state.recipients).toEqual({ r1: 'acknowledged' });
  });
});
