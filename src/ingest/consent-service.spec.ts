import { beforeEach, describe, expect, it } from '@jest/globals';
import { keyNames, type RequestEvent } from '#libs/contracts';
import { streamNames } from '#libs/messaging';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { consentOf, edge, eventsOf, openFixture, rating, thrownBy, type Fixture } from './spec-fixture.js';

let fixture: Fixture;
const everything = async () =>
  (await eventsOf(fixture.store, 'SubjectEnrolled', 'ConsentGranted', 'ConsentWithdrawn')).map(
    ({ type }) => type,
  );
const importConsent = { purpose: 'recommendations', method: 'bulk-import', evidenceReference: 'contract-3' };

beforeEach(async () => {
  const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
  fixture = await openFixture(new InMemoryEventStore(), vault);
});

describe('consent of one person', () => {
  it('enrols a new person under a random pseudonym, then records the grant', async () => {
    const { subject, recorded } = await fixture.consents.grant(consentOf('ana@example.org'));
    expect(recorded).toBe(true);
    expect(subject).toMatch(/^[0-9a-f]{32}$/);
    expect(await everything()).toEqual(['SubjectEnrolled', 'ConsentGranted']);
    expect(fixture.state.hasConsent(subject, 'recommendations')).toBe(true);
  });

  it('stores neither the external id nor the consent record in the clear', async () => {
    await fixture.consents.grant(consentOf('ana@example.org'));
    const stored = JSON.stringify(
      (await eventsOf(fixture.store, 'SubjectEnrolled', 'ConsentGranted')).map(({ stream, data }) => ({
        stream,
        data,
      })),
    );
    expect(stored).not.toMatch(/ana@example|recommendations|form-log-17|notice/);
  });

  it('is recorded once, however often it is sent', async () => {
    await fixture.consents.grant(consentOf('ana'));
    expect(await fixture.consents.grant(consentOf('ana'))).toMatchObject({ recorded: false });
    await fixture.consents.withdraw(consentOf('ana'));
    expect(await fixture.consents.withdraw(consentOf('ana'))).toMatchObject({ recorded: false });
    expect(await everything()).toEqual(['SubjectEnrolled', 'ConsentGranted', 'ConsentWithdrawn']);
  });

  it('is decided one after the other when two requests come at once', async () => {
    const both = ['recommendations', 'research'].map((purpose) =>
      fixture.consents.grant(consentOf('ana', purpose)),
    );
    expect((await Promise.all(both)).map(({ recorded }) => recorded)).toEqual([true, true]);
    expect(await everything()).toEqual(['SubjectEnrolled', 'ConsentGranted', 'ConsentGranted']);
    const { consents } = await fixture.consents.consentsOf('ana');
    expect(consents.map(({ purpose }) => purpose)).toEqual(['recommendations', 'research']);
  });

  it('enrols nobody when the record could not stand', async () => {
    const error = await thrownBy(() =>
      fixture.consents.grant({ ...consentOf('ana'), evidenceReference: '' }),
    );
    expect(error).toMatchObject({ code: 'CONSENT_FIELD_MISSING', facts: { field: 'evidenceReference' } });
    expect(fixture.vault.findSubject('ana')).toBeUndefined();
  });

  it('is refused for no person', async () => {
    expect(await thrownBy(() => fixture.consents.grant(consentOf('')))).toMatchObject({
      code: 'FIELD_MISSING',
    });
  });

  it('is unknown for a stranger', async () => {
    for (const act of [
      () => fixture.consents.withdraw(consentOf('x')),
      () => fixture.consents.consentsOf('x'),
    ])
      expect(await thrownBy(act)).toMatchObject({ code: 'SUBJECT_UNKNOWN' });
  });

  it('is not decided any more while the person is being erased', async () => {
    const { subject } = await fixture.consents.grant(consentOf('ana'));
    const data = { requestId: 'r-1', subject, kind: 'erasure' as const, labels: [] };
    const event: RequestEvent = { type: 'RecordsQuarantined', data };
    await fixture.store.append(streamNames.request('r-1'), [{ id: edge.newId(), ...event }]);
    for (const act of [fixture.consents.grant, fixture.consents.withdraw])
      expect(await thrownBy(() => act.call(fixture.consents, consentOf('ana', 'research')))).toMatchObject({
        code: 'SUBJECT_UNDER_ERASURE',
      });
  });
});

describe('consent of many people at once', () => {
  it('enrols the new ones, and leaves the decisions of the others alone', async () => {
    const { subject } = await fixture.consents.grant(consentOf('ana'));
    await fixture.consents.withdraw(consentOf('ana'));
    expect(await fixture.consents.enrolWithConsent(['ana', 'ben', 'eva'], importConsent)).toBe(2);
    expect(fixture.state.hasConsent(subject, 'recommendations')).toBe(false);
    expect(fixture.state.hasConsent(fixture.vault.findSubject('eva')!, 'recommendations')).toBe(true);
  });

  it('completes what a crash left between the directory and the log', async () => {
    const [{ subject }] = fixture.vault.enrolSubjects(['ben']);
    expect(fixture.state.subjectStatus(subject)).toBe('unknown');
    expect(await fixture.consents.enrolWithConsent(['ben'], importConsent)).toBe(1);
    expect(await fixture.consents.enrolWithConsent(['ben'], importConsent)).toBe(0);
    expect(await everything()).toEqual(['SubjectEnrolled', 'ConsentGranted']);
  });
});

describe('what ingest knows after a restart', () => {
  const reopened = () => openFixture(fixture.store, fixture.vault);

  it('is what it knew before', async () => {
    const { subject } = await fixture.consents.grant(consentOf('ana'));
    await fixture.catalogue.catalogue([{ item: '1', title: 'Toy Story (1995)', categories: ['Comedy'] }]);
    await fixture.catalogue.withdraw('1');
    const { state } = await reopened();
    expect([state.item('1'), state.item('2')]).toEqual(['withdrawn', 'unknown']);
    expect([state.subjectStatus(subject), state.subjectStatus('nobody')]).toEqual(['active', 'unknown']);
    expect(state.hasConsent(subject, 'recommendations')).toBe(true);
    expect(state.hasConsent(subject, 'research')).toBe(false);
  });

  it('leaves out the consent of a person whose key was destroyed', async () => {
    const { subject } = await fixture.consents.grant(consentOf('ana'));
    fixture.vault.destroyKeys([keyNames.profile(subject)], '2026-01-31T08:00:00Z');
    const { state } = await reopened();
    expect(state.hasConsent(subject, 'recommendations')).toBe(false);
  });

  it('includes who was erased and which records must not come back', async () => {
    const { subject } = await fixture.consents.grant(consentOf('ana'));
    const acceptedAt = '2026-01-31T07:00:00Z';
    const withdrawal = { requestId: 'r-1', coarseLabels: ['day-1'], acceptedAt, dueAt: acceptedAt };
    const erased = { coarseLabels: [], kept: 0, tombstonedStreams: [], erasedAt: '2026-01-31T08:00:00Z' };
    const labels = ['label-1'];
    const quarantined = { requestId: 'r-1', subject: 'other', kind: 'withdrawal', labels } as const;
    const events: RequestEvent[] = [
      { type: 'RequestAccepted', data: { ...withdrawal, labels } },
      { type: 'RecordsQuarantined', data: quarantined },
      { type: 'RecordsErased', data: { ...erased, ...quarantined, generation: 1 } },
      { type: 'RecordsErased', data: { ...erased, ...quarantined, subject, generation: null } },
    ];
    for (const event of events)
      await fixture.store.append(streamNames.request('r-1'), [{ id: edge.newId(), ...event }]);
    const { state } = await reopened();
    expect([state.subjectStatus(subject), state.deletionsOf(subject)]).toEqual(['erased', undefined]);
    const deletions = state.deletionsOf('other')!;
    expect(['label-1', 'label-2'].map((label) => deletions.has(label))).toEqual([true, false]);
    expect(['day-1', 'day-2'].map((label) => deletions.acceptedAt(label))).toEqual([
      Date.parse(acceptedAt),
      undefined,
    ]);
  });

  it('is nothing any more once an event could not be followed: then nothing is admitted', async () => {
    const stranger = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
    const blind = await openFixture(new InMemoryEventStore(), stranger);
    const unreadable = [{ id: edge.newId(), type: 'ConsentGranted', data: { sealed: 'AAAA' } }];
    await blind.store.append(streamNames.subject('somebody'), unreadable);
    await thrownBy(() => blind.state.caughtUp());
    expect(() => blind.state.item('1')).toThrow(expect.objectContaining({ code: 'KEY_UNKNOWN' }));
    expect(await thrownBy(() => blind.interactions.record([rating()]))).toBeDefined();
  });

  it('fails loudly when a consent cannot be opened', async () => {
    await fixture.consents.grant(consentOf('ana'));
    const stranger = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
    expect(await thrownBy(() => openFixture(fixture.store, stranger))).toMatchObject({ code: 'KEY_UNKNOWN' });
  });
});
