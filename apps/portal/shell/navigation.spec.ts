import { describe, expect, it } from '@jest/globals';
import type { SessionView } from '#libs/portal-contract';
import { homeOf, navigationFor, nextAfterSignIn } from './navigation.js';

const common = { csrf: 'c', expiresAt: '2026-01-01T00:00:00Z' };
const nobody: SessionView = { kind: 'none', csrf: 'c' };
const subject: SessionView = { kind: 'subject', pseudonym: 's-1', ...common };
const follower: SessionView = { kind: 'follower', requestId: 'r-1', ...common };

const addresses = (session: SessionView) =>
  navigationFor(session).flatMap(({ items }) => items.map(({ to }) => to));

describe('the ways that are shown', () => {
  it('lead a person to their own things only', () =>
    expect(addresses(subject)).toEqual(['/me', '/me/history', '/me/consents', '/me/requests']));
  it('lead whoever follows a request to that request', () =>
    expect(addresses(follower)).toEqual(['/me/requests/r-1', '/verify']));
  it('lead nobody further who has not signed in', () =>
    expect(addresses(nobody)).toEqual(['/follow', '/verify']));
});

describe('after signing in', () => {
  it('one goes on where one wanted to go', () =>
    expect(nextAfterSignIn(subject, '/me/history?category=Horror')).toBe('/me/history?category=Horror'));
  it.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '', null])(
    'a way out of the portal (%s) is not taken',
    (wanted) => expect(nextAfterSignIn(subject, wanted)).toBe(homeOf(subject)),
  );
});
