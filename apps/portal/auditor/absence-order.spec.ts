import { describe, expect, it } from '@jest/globals';
import { fromUtf8, utf8 } from '#libs/essentials';
import { honestReceipt, receiptFile } from '#libs/testkit';
import { orderOfReceipt, orderOfRequest } from './absence-order.js';

describe('looking for deleted records', () => {
  it('goes by the pseudonym of their request', () => {
    const id = '6b052f02-408e-4101-b8b8-00f8a90cc455';
    expect(orderOfRequest(`  ${id.toUpperCase()}\n`)).toEqual({ requestId: id });
  });

  it.each(['', 'main', '6b052f02', '6b052f02-408e-4101-b8b8-00f8a90cc455/../x'])(
    'asks for none (%j)',
    (text) =>
      expect(() => orderOfRequest(text)).toThrow(expect.objectContaining({ code: 'REQUEST_NAME_MALFORMED' })),
  );

  it('goes by a receipt and the certificate inside it', () => {
    const receipt = honestReceipt();
    const { requestId, certificate } = orderOfReceipt(receiptFile(receipt));
    expect([requestId, fromUtf8(certificate!).trim()]).toEqual([
      'req-1',
      fromUtf8(receipt.certificate).trim(),
    ]);
  });

  it('does not go by any other file', () =>
    expect(() => orderOfReceipt(utf8('{}'))).toThrow(expect.objectContaining({ name: 'CertificateError' })));
});
