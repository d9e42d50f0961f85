import { describe, expect, it } from '@jest/globals';
import { honestCertificate } from '#libs/testkit';
import { decodeStatement, statementFacts } from './statement-facts.js';

describe('what a statement says', () => {
  const bundle: unknown = JSON.parse(honestCertificate().bundle);

  it('is read from its envelope', () => {
    const decoded = decodeStatement(bundle)!;
    expect(decoded.predicateType).toBe('urn:lacuna:unlearning-certificate:v1');
    expect(decoded.subject.map(({ name }) => name)).toContain('manifest.json');
  });

  it('is told in a few facts', () => {
    const facts = Object.fromEntries(
      statementFacts(decodeStatement(bundle)!).map(({ name, value }) => [name, value]),
    );
    expect(facts).toMatchObject({ request: 'req-1', kind: 'erasure', versionBefore: '1', versionAfter: '2' });
  });

  it('of an unknown kind has no facts, and is no mistake', () =>
    expect(
      statementFacts({ predicateType: 'urn:other', predicate: { line: 'main' }, subject: [], document: {} }),
    ).toEqual([]));

  it.each([
    undefined,
    {},
    { dsseEnvelope: { payload: '%%%' } },
    { dsseEnvelope: { payload: btoa('no json') } },
  ])('is not made up (%#)', (wrong) => expect(decodeStatement(wrong)).toBeUndefined());
});
