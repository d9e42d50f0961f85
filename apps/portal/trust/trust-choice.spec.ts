import { describe, expect, it } from '@jest/globals';
import { TrustChoices } from './trust-choice.js';

describe('the choice of whom to believe', () => {
  it('begins with the files of the server', () =>
    expect(new TrustChoices().current()).toEqual({ source: 'server', id: 'server' }));

  it('goes over to files that somebody brings, a few at a time', () => {
    const choices = new TrustChoices();
    choices.bring({ 'log.vkey': 'a' });
    choices.bring({ 'log.vkey': 'b', policy: 'c' });
    expect(choices.current()).toMatchObject({ source: 'own', own: { 'log.vkey': 'b', policy: 'c' } });
  });

  it('keeps those files while the server’s are looked at, and forgets them when asked', () => {
    const choices = new TrustChoices();
    choices.bring({ policy: 'c' });
    choices.choose('server');
    choices.choose('own');
    expect(choices.current().own).toEqual({ policy: 'c' });
    choices.forget();
    expect(choices.current().own).toBeUndefined();
  });

  it('has another name after each change of files, and tells that it changed', () => {
    const choices = new TrustChoices();
    const ids: string[] = [];
    const stop = choices.subscribe(() => ids.push(choices.current().id));
    choices.bring({ policy: 'c' });
    choices.bring({ policy: 'd' });
    choices.choose('server');
    stop();
    choices.forget();
    expect(ids).toEqual(['own-1', 'own-2', 'server']);
  });
});
