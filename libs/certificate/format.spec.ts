import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, utf8, type JsonValue } from '#libs/essentials';
import { exampleStatement } from '#libs/testkit';
import {
  DELETION_PROOF_LOST,
  NOT_PROVEN,
  parseStatement,
  parseUnlearningCertificate,
  payloadOf,
  PREDICATE_TYPES,
} from './index.js';

const page = readFileSync(new URL('../../docs/design/certificate-format.md', import.meta.url), 'utf8');

describe('the page on the format of certificates', () => {
  const [, block] = /```json\n([^]*?)\n```/.exec(page) ?? [];
  const example = JSON.parse(block) as JsonValue;

  it('has an example that verifiers read', () => {
    const { predicate } = parseStatement(utf8(canonicalJson(example)));
    expect(parseUnlearningCertificate(predicate).request.id).toBe('req-1');
  });

  it('has the example of our own tests', () => {
    expect(utf8(canonicalJson(example))).toEqual(payloadOf(exampleStatement()));
  });

  it('says what each code of what is not proven means', () => {
    for (const { code, meaning } of [...NOT_PROVEN, DELETION_PROOF_LOST])
      expect(page).toContain(`| \`${code}\` | ${meaning} |`);
  });

  it('lists every statement', () => {
    for (const type of Object.values(PREDICATE_TYPES)) expect(page).toContain(`\`${type}\``);
  });
});
