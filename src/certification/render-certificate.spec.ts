import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fromUtf8, utf8 } from '#libs/essentials';
import { exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { certificateDocument } from '#libs/rendering';
import { CLAIM_STEPS, loadTrust, trustFolderOf } from '#libs/verification';
import { renderCertificate } from './index.js';
import { toPdf } from './pdf.js';

const trust = loadTrust(trustFolderOf(honestTrustFiles()));
const { bundle } = honestCertificate();
const honest = utf8(bundle);

/** The text of a PDF whose fonts are standard ones: hexadecimal strings of Latin letters in compressed streams. */
function textOf(pdf: Uint8Array): string {
  const file = Buffer.from(pdf);
  const streams = [...file.toString('latin1').matchAll(/stream\r?\n/g)].map(({ index, 0: { length } }) => {
    const end = file.indexOf('endstream', index);
    if (file.subarray(index - 3, index).toString() === 'end') return '';
    return inflateSync(file.subarray(index + length, end)).toString('latin1');
  });
  const lines = streams.flatMap((stream) => stream.match(/\[.*\] TJ/g) ?? []);
  const letters = (line: string): string =>
    [...line.matchAll(/<([0-9a-f]+)>/g)]
      .map(([, hex]) => Buffer.from(hex, 'hex').toString('latin1'))
      .join('');
  return lines.map(letters).join(' ').replace(/\s+/g, ' ');
}

describe('a certificate as PDF', () => {
  it('says the same as the page', async () => {
    const text = textOf(await renderCertificate(honest, trust, 'pdf'));
    expect(text).toContain('Certificate of unlearning');
    expect(text).toContain('a person asked to be erased');
    for (const meaning of Object.values(CLAIM_STEPS.certificate)) expect(text).toContain(meaning);
    for (const { code } of exampleStatement().predicate.notProven) expect(text).toContain(code);
    const digests = JSON.stringify(exampleStatement().predicate).match(/[0-9a-f]{64}/g)!;
    for (const digest of digests) expect(text).toContain(digest);
    expect(text).toMatch(/1 \/ \d/);
  });

  it('is the same bytes each time, and others for another certificate', async () => {
    const once = await renderCertificate(honest, trust, 'pdf');
    expect(Buffer.from(await renderCertificate(honest, trust, 'pdf')).equals(once)).toBe(true);
    const other = utf8(honestCertificate({ after: 4 }).bundle);
    expect(Buffer.from(await renderCertificate(other, trust, 'pdf')).equals(once)).toBe(false);
    const file = Buffer.from(once).toString('latin1');
    expect(file).toContain('(D:20260102030600Z)'); // when the request was completed, not when the file was written
  });

  it('spells out letters that its fonts do not have', async () => {
    const refused = { state: 'refused', code: 'FOREIGN', message: 'né 削 → \u202e', steps: [] } as const;
    const text = textOf(await toPdf(certificateDocument(honest, refused)));
    expect(text).toContain('né [U+524A] [U+2192] [U+202E]');
  });

  it('keeps within its pages however many shards there are', async () => {
    const statement = exampleStatement();
    const model = statement.predicate.model!;
    const [shard] = model.unaffectedShards;
    const unaffectedShards = Array.from({ length: 63 }, (_, at) => ({ ...shard, shard: at === 1 ? 63 : at }));
    const many = { ...model, unaffectedShards, partition: { ...model.partition, shards: 64 } };
    const file = honestCertificate({
      statement: { ...statement, predicate: { ...statement.predicate, model: many } },
    });
    const pdf = Buffer.from(await renderCertificate(utf8(file.bundle), trust, 'pdf')).toString('latin1');
    expect(Number(/\/Count (\d+)/.exec(pdf)![1])).toBeGreaterThan(3);
    expect(Number(/\/Count (\d+)/.exec(pdf)![1])).toBeLessThan(9);
  });
});

describe('a rendered certificate', () => {
  it.each([
    ['verified', bundle, trust, '<strong>Verified</strong>'],
    ['not verified', bundle, undefined, '<strong>Not verified</strong>'],
    [
      'refused',
      bundle.replace('"treeSize":"7"', '"treeSize":"8"'),
      trust,
      '<strong>Refused: CHECKPOINT_SIZE_MISMATCH</strong>',
    ],
  ])('says that it was %s', async (_, file, policy, verdict) => {
    expect(fromUtf8(await renderCertificate(utf8(file), policy, 'html'))).toContain(verdict);
  });

  it('is not made of a file that is none', async () => {
    await expect(renderCertificate(utf8('{}'), trust, 'html')).rejects.toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_UNREADABLE', nextStep: expect.any(String) }),
    );
  });
});
