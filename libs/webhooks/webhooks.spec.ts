import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signerFromSeed } from '#libs/merkle';
import { refusalOf } from '#libs/testkit';
import {
  formatPublicKey,
  formatSecret,
  parseWebhookKey,
  signWebhook,
  verifyWebhook,
  type SigningKey,
  type VerifyingKey,
} from './index.js';

// The example that the reference libraries of Standard Webhooks sign ("sign function works").
const PUBLISHED = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const { message } = PUBLISHED;
const hmac = parseWebhookKey(PUBLISHED.secret) as VerifyingKey & SigningKey;
const signer = signerFromSeed(new Uint8Array(32).fill(9));
const pair: SigningKey = { kind: 'ed25519', signer };
const publicKey: VerifyingKey = { kind: 'ed25519', publicKey: signer.publicKey };
const now = message.timestamp;
const headers = signWebhook(message, hmac);

describe('a signed webhook', () => {
  it('is signed as the published example', () => {
    expect(headers).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': PUBLISHED.signature,
    });
    verifyWebhook(headers, message.body, hmac, now);
  });

  it('is signed with Ed25519 as OpenSSL signs it', () => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 9)]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }); // RFC 8410 §7
    const content = `${message.id}.${message.timestamp}.${message.body}`;
    const expected = `v1a,${sign(null, Buffer.from(content), key).toString('base64')}`;
    const signed = signWebhook(message, pair);
    expect(signed['webhook-signature']).toBe(expected);
    verifyWebhook(signed, message.body, publicKey, now);
    const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    expect(formatPublicKey(signer.publicKey)).toBe(`whpk_${raw}`);
  });

  it('may carry several signatures, while keys change', () => {
    const other = signWebhook(message, pair)['webhook-signature'];
    const both = { ...headers, 'webhook-signature': `${other} ${headers['webhook-signature']}` };
    verifyWebhook(both, message.body, hmac, now);
    verifyWebhook(both, message.body, publicKey, now);
  });

  it.each([
    ['another body', headers, '{"test": 2432232315}', hmac],
    ['another id', { ...headers, 'webhook-id': 'msg_other' }, message.body, hmac],
    ['another time', { ...headers, 'webhook-timestamp': '1614265331' }, message.body, hmac],
    ['another secret', headers, message.body, { kind: 'hmac-sha256', secret: new Uint8Array(32) } as const],
    ['a signature of the other scheme', headers, message.body, publicKey],
    [
      'a version of another name',
      { ...headers, 'webhook-signature': PUBLISHED.signature.replace('v1', 'v2') },
      message.body,
      hmac,
    ],
    [
      'a signature cut short',
      { ...headers, 'webhook-signature': PUBLISHED.signature.slice(0, -4) },
      message.body,
      hmac,
    ],
    ['no signature', { ...headers, 'webhook-signature': 'v1' }, message.body, hmac],
  ])('does not hold with %s', (_, sent, body, key) => {
    expect(refusalOf(() => verifyWebhook(sent, body, key, now))).toBe('WEBHOOK_SIGNATURE_INVALID');
  });

  it('holds for five minutes, in both directions', () => {
    for (const at of [now - 300, now + 300]) verifyWebhook(headers, message.body, hmac, at);
    for (const at of [now - 301, now + 301])
      expect(refusalOf(() => verifyWebhook(headers, message.body, hmac, at))).toBe(
        'WEBHOOK_TIMESTAMP_OUTSIDE',
      );
    for (const time of ['', 'soon', '1e9', '-1'])
      expect(
        refusalOf(() => verifyWebhook({ ...headers, 'webhook-timestamp': time }, message.body, hmac, now)),
      ).toBe(time === '' ? 'WEBHOOK_HEADER_MISSING' : 'WEBHOOK_TIMESTAMP_OUTSIDE');
  });

  it('needs its headers, and an id that cannot be mistaken for a part of the rest', () => {
    for (const name of Object.keys(headers))
      expect(refusalOf(() => verifyWebhook({ ...headers, [name]: undefined }, message.body, hmac, now))).toBe(
        'WEBHOOK_HEADER_MISSING',
      );
    expect(refusalOf(() => verifyWebhook({ ...headers, 'webhook-id': 'a.b' }, message.body, hmac, now))).toBe(
      'WEBHOOK_HEADER_MISSING',
    );
  });
});

describe('a key', () => {
  it('is written as the specification writes it', () => {
    expect(hmac.kind === 'hmac-sha256' && formatSecret(hmac.secret)).toBe(PUBLISHED.secret);
    expect(parseWebhookKey(formatPublicKey(signer.publicKey))).toEqual(publicKey);
  });

  it.each([
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whpk_AAAA',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_!!!',
  ])('is not %p', (text) => {
    expect(refusalOf(() => parseWebhookKey(text))).toBe('WEBHOOK_KEY_MALFORMED');
  });
});
