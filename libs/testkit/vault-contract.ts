import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyNames } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import { refusalOf } from './scenario.js';

const AT = '2026-01-02T03:04:05.678Z';
const LATER = '2026-02-03T04:05:06.789Z';
const context = utf8('["stream","id","Type"]');

/**
 * What every vault must do; run it on each adapter.
 *
 * @example
 * describeVaultContract('in a file', () => FileVault.open({ file: ':memory:', kek: new Uint8Array(32) }));
 */
export function describeVaultContract(name: string, open: () => Vault): void {
  describe(`vault, ${name}`, () => {
    let vault: Vault;
    beforeEach(() => {
      vault = open();
    });
    afterEach(() => vault.close());

    describeKeys(() => vault);
    describeDestruction(() => vault);
    describeSealing(() => vault);
    describeDirectory(() => vault);

    it('refuses everything once it is closed, and may be closed again', () => {
      vault.ensureKey('a');
      vault.close();
      const attempts = [
        () => vault.key('a'),
        () => vault.ensureKey('b'),
        () => vault.findSubject('x'),
        () => vault.seal('a', new Uint8Array(1), context),
        () => vault.currentGeneration('s'),
        () => vault.destroyKeys(['a'], AT),
      ];
      for (const attempt of attempts) expect(refusalOf(attempt)).toBe('VAULT_CLOSED');
      vault.close();
    });
  });
}

function describeKeys(vault: () => Vault): void {
  it('makes a key of 32 random bytes once, and gives the same one ever after', () => {
    const key = vault().ensureKey('a');
    expect(key).toHaveLength(32);
    expect(new Set(key).size).toBeGreaterThan(8);
    expect(vault().ensureKey('a')).toEqual(key);
    expect(vault().key('a')).toEqual(key);
    expect(vault().ensureKey('b')).not.toEqual(key);
  });

  it('hands out copies: a caller who wipes a key does not wipe the vault', () => {
    const key = vault().ensureKey('a');
    const same = Uint8Array.from(key);
    key.fill(0);
    expect(vault().key('a')).toEqual(same);
  });

  it('says that an unknown key is unknown, never that it was destroyed', () => {
    expect(vault().keyState('never')).toBe('unknown');
    expect(refusalOf(() => vault().key('never'))).toBe('KEY_UNKNOWN');
    expect(refusalOf(() => vault().seal('never', new Uint8Array(1), context))).toBe('KEY_UNKNOWN');
    expect(refusalOf(() => vault().open('never', 'AAAA', context))).toBe('KEY_UNKNOWN');
  });

  it('lists live keys by prefix, sorted by name', () => {
    for (const name of ['s/b', 's/a', 't/a', 's', 'ß/x']) vault().ensureKey(name);
    expect(vault().liveKeys('s/')).toEqual(['s/a', 's/b']);
    expect(vault().liveKeys('nobody/')).toEqual([]);
  });
}

function describeDestruction(vault: () => Vault): void {
  it('destroys a key for ever, and remembers when', () => {
    vault().ensureKey('s/a');
    vault().ensureKey('s/b');
    vault().destroyKeys(['s/a'], AT);
    expect(vault().keyState('s/a')).toBe('destroyed');
    expect(vault().keyState('s/b')).toBe('live');
    expect(vault().liveKeys('s/')).toEqual(['s/b']);
    expect(vault().destroyedKeys('s/')).toEqual([{ name: 's/a', destroyedAt: AT }]);
    expect(refusalOf(() => vault().key('s/a'))).toBe('KEY_DESTROYED');
    expect(refusalOf(() => vault().ensureKey('s/a'))).toBe('KEY_DESTROYED');
  });

  it('keeps the time of the first destruction when it is asked again', () => {
    vault().ensureKey('a');
    vault().destroyKeys(['a'], AT);
    vault().destroyKeys(['a'], LATER);
    expect(vault().destroyedKeys('a')).toEqual([{ name: 'a', destroyedAt: AT }]);
  });

  it('destroys nothing when one of the names is unknown', () => {
    vault().ensureKey('a');
    expect(refusalOf(() => vault().destroyKeys(['a', 'never'], AT))).toBe('KEY_UNKNOWN');
    expect(vault().keyState('a')).toBe('live');
    expect(vault().key('a')).toHaveLength(32);
  });
}

function describeSealing(vault: () => Vault): void {
  const plaintext = utf8('{"i":"42","s":978300760}');

  it('opens what it sealed, and seals the same text differently each time', () => {
    vault().ensureKey('a');
    const sealed = vault().seal('a', plaintext, context);
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(vault().seal('a', plaintext, context)).not.toBe(sealed);
    expect(Uint8Array.from(vault().open('a', sealed, context))).toEqual(plaintext);
    expect(vault().open('a', vault().seal('a', new Uint8Array(0), context), context)).toHaveLength(0);
  });

  it('refuses a payload that was moved to another event, another key, or changed', () => {
    vault().ensureKey('a');
    vault().ensureKey('b');
    const sealed = vault().seal('a', plaintext, context);
    const changed = (at: number) =>
      sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    expect(refusalOf(() => vault().open('a', sealed, utf8('["other","id","Type"]')))).toBe('PAYLOAD_DAMAGED');
    expect(refusalOf(() => vault().open('b', sealed, context))).toBe('PAYLOAD_DAMAGED');
    for (const at of [0, 20, sealed.length - 4])
      expect(refusalOf(() => vault().open('a', changed(at), context))).toBe('PAYLOAD_DAMAGED');
    for (const short of ['', 'AAAA', sealed.slice(0, 30)])
      expect(refusalOf(() => vault().open('a', short, context))).toBe('PAYLOAD_DAMAGED');
  });

  it('opens nothing under a destroyed key', () => {
    vault().ensureKey('a');
    const sealed = vault().seal('a', plaintext, context);
    vault().destroyKeys(['a'], AT);
    expect(refusalOf(() => vault().open('a', sealed, context))).toBe('KEY_DESTROYED');
    expect(refusalOf(() => vault().seal('a', plaintext, context))).toBe('KEY_DESTROYED');
  });
}

function describeDirectory(vault: () => Vault): void {
  it('gives each external id a random pseudonym with its keys, once', () => {
    const [anna, bert, again] = vault().enrolSubjects(['anna@example.org', 'bert', 'anna@example.org']);
    expect(anna).toEqual({ externalId: 'anna@example.org', subject: anna.subject, created: true });
    expect(again).toEqual({ ...anna, created: false });
    expect(bert.subject).not.toBe(anna.subject);
    expect(anna.subject).toMatch(/^[0-9a-f]{32}$/);
    expect(vault().liveKeys(`${anna.subject}/`)).toEqual(
      [
        keyNames.interactions(anna.subject, 0),
        keyNames.label(anna.subject),
        keyNames.profile(anna.subject),
      ].sort(),
    );
    expect(vault().enrolSubjects(['bert'])).toEqual([{ ...bert, created: false }]);
    expect(vault().findSubject('bert')).toBe(bert.subject);
    expect(vault().findSubject('nobody')).toBeUndefined();
  });

  it('forgets a person, who is a stranger when he comes again', () => {
    const [{ subject }] = vault().enrolSubjects(['anna']);
    vault().forgetSubject(subject);
    vault().forgetSubject(subject);
    expect(vault().findSubject('anna')).toBeUndefined();
    const [returned] = vault().enrolSubjects(['anna']);
    expect(returned.created).toBe(true);
    expect(returned.subject).not.toBe(subject);
  });

  it('knows a person under several ids, the first one first, and tells addresses from other ids', () => {
    const [{ subject }] = vault().enrolSubjects(['customer-7']);
    vault().addAlias(subject, 'anna@example.org');
    vault().addAlias(subject, 'anna@example.org');
    vault().addAlias(subject, 'a@id-of-another-system', 'id');
    expect(vault().externalIdsOf(subject)).toEqual([
      { externalId: 'customer-7', kind: 'id' },
      { externalId: 'anna@example.org', kind: 'email' },
      { externalId: 'a@id-of-another-system', kind: 'id' },
    ]);
    for (const id of ['customer-7', 'anna@example.org']) expect(vault().findSubject(id)).toBe(subject);
    expect(vault().enrolSubjects(['anna@example.org'])).toEqual([
      { externalId: 'anna@example.org', subject, created: false },
    ]);
    expect(vault().externalIdsOf('nobody')).toEqual([]);
  });

  it('gives nobody an id of another person, nor one to somebody who is not there', () => {
    const [anna, bert] = vault().enrolSubjects(['anna', 'bert']);
    expect(refusalOf(() => vault().addAlias(anna.subject, 'bert'))).toBe('ALIAS_TAKEN');
    expect(refusalOf(() => vault().addAlias('nobody', 'carla'))).toBe('SUBJECT_NOT_ENROLLED');
    expect(vault().findSubject('bert')).toBe(bert.subject);
    expect(vault().findSubject('carla')).toBeUndefined();
  });

  it('takes an id from a person who has another, and from nobody else', () => {
    const [anna, bert] = vault().enrolSubjects(['anna', 'bert']);
    vault().addAlias(anna.subject, 'anna@example.org');
    vault().removeAlias(anna.subject, 'anna');
    vault().removeAlias(anna.subject, 'bert');
    expect(vault().findSubject('anna')).toBeUndefined();
    expect(vault().findSubject('bert')).toBe(bert.subject);
    expect(refusalOf(() => vault().removeAlias(anna.subject, 'anna@example.org'))).toBe('ALIAS_LAST');
    expect(vault().externalIdsOf(anna.subject)).toEqual([{ externalId: 'anna@example.org', kind: 'email' }]);
  });

  it('forgets a person under every id', () => {
    const [{ subject }] = vault().enrolSubjects(['anna']);
    vault().addAlias(subject, 'anna@example.org');
    vault().forgetSubject(subject);
    for (const id of ['anna', 'anna@example.org']) expect(vault().findSubject(id)).toBeUndefined();
    expect(vault().externalIdsOf(subject)).toEqual([]);
  });

  it('knows the highest generation with a live key', () => {
    const [{ subject }] = vault().enrolSubjects(['anna']);
    expect(vault().currentGeneration(subject)).toBe(0);
    vault().ensureKey(keyNames.interactions(subject, 9));
    vault().ensureKey(keyNames.interactions(subject, 10));
    expect(vault().currentGeneration(subject)).toBe(10);
    vault().destroyKeys([keyNames.interactions(subject, 10)], AT);
    expect(vault().currentGeneration(subject)).toBe(9);
    vault().destroyKeys([keyNames.interactions(subject, 0), keyNames.interactions(subject, 9)], AT);
    expect(refusalOf(() => vault().currentGeneration(subject))).toBe('KEY_DESTROYED');
    expect(refusalOf(() => vault().currentGeneration('nobody'))).toBe('KEY_UNKNOWN');
  });
}
