import { describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { honestReceipt, receiptFile } from '#libs/testkit';
import { kindOfFile, taskOfFiles } from './kept-files.js';

const honest = honestReceipt();
const receipt = { name: 'receipt.json', bytes: receiptFile(honest) };
const proofs = { name: 'p.json', bytes: honest.proofs };
const certificate = { name: 'c.json', bytes: honest.certificate };
const other = { name: 'holiday.jpg', bytes: utf8('\u00ff\u00d8') };

describe('files that somebody kept', () => {
  it('are told apart by what they call themselves', () =>
    expect([receipt, proofs, certificate, other].map(kindOfFile)).toEqual([
      'receipt',
      'proofs',
      'certificate',
      undefined,
    ]));

  it('are verified as a receipt with its proofs, in whatever order they were chosen', () =>
    expect(taskOfFiles([other, proofs, receipt], {})).toMatchObject({
      kind: 'receipt',
      proofs: honest.proofs,
    }));

  it('are verified as a certificate where there is no receipt', () =>
    expect(taskOfFiles([certificate], {})).toMatchObject({ kind: 'certificate' }));

  it('are not verified where there is neither', () =>
    expect(taskOfFiles([proofs, other], {})).toBeUndefined());
});
