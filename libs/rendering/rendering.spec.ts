import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { UnlearningCertificate } from '#libs/certificate';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { CLAIM_STEPS, loadTrust, trustFolderOf, verifyCertificate } from '#libs/verification';
import { certificateDocument, plainText, timeInWords, toHtml, type Check } from './index.js';

const trust = loadTrust(trustFolderOf(honestTrustFiles()));
const fileOf = (change: Partial<UnlearningCertificate> = {}) => {
  const statement = exampleStatement();
  return utf8(
    honestCertificate({ statement: { ...statement, predicate: { ...statement.predicate, ...change } } })
      .bundle,
  );
};
const honest = fileOf();
const verified: Check = { state: 'verified', report: verifyCertificate({ bundle: honest, trust }) };
const page = (file = honest, check: Check = verified) => toHtml(certificateDocument(file, check));
/** What a reader sees. */
const read = (html: string) =>
  html
    .replace(/<style>[^]*<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('a certificate as a page', () => {
  it('tells in plain words who asked what, when, and what was done', () => {
    const text = read(page());
    expect(text).toContain(
      'On 2 January 2026, 03:04:05 UTC a person asked to be erased. 2 records were taken',
    );
    expect(text).toContain('right to erasure, GDPR Article 17(1)');
    expect(text).toContain('Completed 2 January 2026, 03:06:00 UTC (in time)');
    expect(text).toContain('the new version has served since 2 January 2026, 03:05:30 UTC');
    expect(text).toContain('1 before 7 aa3d36d4ff9e… 0c0c0c0c0c0c…');
  });

  it('of a withdrawal, late, from before any model, says so', () => {
    const { times } = exampleStatement().predicate;
    const text = read(
      page(
        fileOf({
          model: null,
          request: { id: 'req-2', kind: 'withdrawal', legalGround: 'art-7-3-withdrawal-of-consent' },
          times: { ...times, completed: '2026-03-01T00:00:00Z' },
          backups: { expiry: '2026-06-01T00:00:00Z' },
          recipientsNotified: ['partner-a', 'partner-b'],
        }),
        { state: 'unchecked' },
      ),
    );
    expect(text).toContain('a person withdrew consent to the use of some of their records');
    expect(text).toContain('No model had been published');
    expect(text).toContain('1 March 2026, 00:00:00 UTC (late)');
    expect(text).toContain('the last expires on 1 June 2026, 00:00:00 UTC');
    expect(text).toContain('partner-a, partner-b');
  });

  it('shows every digest of the certificate in full', () => {
    const digests = JSON.stringify(exampleStatement().predicate).match(/[0-9a-f]{64}/g)!;
    const text = read(page());
    for (const digest of new Set(digests)) expect(text).toContain(digest);
    expect(text).toContain(`Made from a file with SHA-256 ${toHex(sha256(honest))}`);
  });

  it('lists the steps that were verified', () => {
    const html = page();
    expect(html).toContain('<div class="notice good" role="note"><strong>Verified</strong>');
    for (const [step, meaning] of Object.entries(CLAIM_STEPS.certificate))
      expect(read(html)).toContain(`✓ ${step} ${meaning}`);
    expect(html).not.toContain('not verified');
  });

  it('calls nothing verified when there was no trust to verify it under', () => {
    const html = page(honest, { state: 'unchecked' });
    expect(html).toContain('<div class="notice caution" role="note"><strong>Not verified</strong>');
    expect(html).not.toContain('class="good"');
    for (const [step, meaning] of Object.entries(CLAIM_STEPS.certificate))
      expect(read(html)).toContain(`✗ ${step} not verified: ${meaning}`);
  });

  it('of a refused certificate shows the code, the steps until then, and the rest as not verified', () => {
    const [bundle, signer, leaf] = Object.entries(CLAIM_STEPS.certificate);
    const steps = [bundle, signer].map(([step, meaning]) => ({ step, meaning }));
    const text = read(
      page(honest, { state: 'refused', code: 'LEAF_KEY_MISMATCH', message: 'another <key>', steps }),
    );
    expect(text).toContain('Refused: LEAF_KEY_MISMATCH another &lt;key&gt;. Do not rely on anything below.');
    expect(text).toContain(`✓ signer ${signer[1]}`);
    expect(text).toContain(`✗ leaf not verified: ${leaf[1]}`);
  });

  it('says what it cannot show before anything else, and how to check it oneself', () => {
    const text = read(page());
    expect(text.indexOf('What this certificate cannot show')).toBeLessThan(text.indexOf('The request'));
    for (const { code } of exampleStatement().predicate.notProven) expect(text).toContain(code);
    expect(text).toContain('lacuna-verify certificate req-1.sigstore.json --trust trust');
  });

  it('is the same bytes each time', () => {
    expect(page()).toBe(page());
  });
});

describe('a page', () => {
  const message = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'&amp; un\u202eod \u200b\ufeffend';
  const html = page(honest, { state: 'refused', code: 'HOSTILE', message, steps: [] });

  it('escapes what it was told', () => {
    expect(html).not.toMatch(/<script|<img/i);
    expect(html).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;amp;',
    );
  });

  it('spells out what a reader would not see', () => {
    expect(html).toContain('un[U+202E]od [U+200B][U+FEFF]end');
    expect(html).not.toMatch(/[\u200b\u202e\ufeff]/);
  });

  it('loads nothing, runs nothing, and allows its own style only', () => {
    expect(html).not.toMatch(
      /<(?:script|link|img|iframe|object|form|base)\b|<[^>]*\son\w+=|url\(|@import|https?:/i,
    );
    const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(html)!;
    const [, style] = /<style>([^]*)<\/style>/.exec(html)!;
    const digest = createHash('sha256').update(style).digest('base64');
    expect(policy).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-${digest}&#39;`);
    expect(html).not.toMatch(/ style="/); // the policy would forbid it
  });

  it('has a language, a title, headings and named columns', () => {
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('<title>Certificate of unlearning · Request req-1</title>');
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<th scope="col">/g)).toHaveLength(9);
    expect(html.match(/<caption>/g)).toHaveLength(2);
  });
});

describe('text for people', () => {
  it.each([
    ['2026-12-31T23:59:59.123Z', '31 December 2026, 23:59:59 UTC'],
    ['2026-13-01T00:00:00Z', '2026-13-01T00:00:00Z'],
  ])('writes %s as %s', (iso, words) => {
    expect(timeInWords(iso)).toBe(words);
  });

  it('leaves letters of any script as they are', () => {
    expect(plainText('né, 削除, مسح')).toBe('né, 削除, مسح');
  });
});
